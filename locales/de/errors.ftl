# Seiten für das, was schiefging: ein Titel, was geschehen ist, was zu tun ist.

error-400 = Das konnten wir nicht lesen
error-400-what = Was Ihr Browser geschickt hat, ist nicht vollständig.
error-400-next = Gehen Sie zurück, laden Sie die Seite neu und senden Sie noch einmal.
error-403 = Diese Seite war zu lange offen
error-403-what = Zu Ihrem Schutz gilt ein Formular nur eine Zeit lang und nur in dem Browser, der es geöffnet hat. Es wurde nichts geändert.
error-403-next = Gehen Sie zurück, laden Sie die Seite neu und senden Sie noch einmal.
error-404 = Diese Seite gibt es nicht
error-404-what = Die Adresse ist falsch geschrieben, oder die Seite ist nicht mehr da.
error-404-next = Wenn Sie über einen Link in einer E-Mail gekommen sind, prüfen Sie, ob er vollständig kopiert wurde.
error-409 = Inzwischen hat sich etwas geändert
error-409-what = Während diese Seite offen war, ging es mit Ihrer Anfrage weiter. Was Sie gesendet haben, wurde nicht ausgeführt.
error-409-next = Öffnen Sie die Seite neu, um den Stand zu sehen.
error-413 = Das ist zu groß
error-413-what = Was Sie gesendet haben, ist größer, als wir hier annehmen können. Es wurde nichts gespeichert.
error-413-next = Kürzen Sie den Text und senden Sie ihn noch einmal.
error-422 = Im Formular stimmt etwas nicht
error-422-what = Wir konnten die Angaben nicht verwenden. Es wurde nichts geändert.
error-422-next = Gehen Sie zurück und sehen Sie das Formular noch einmal durch.
error-429 = Zu viele Versuche
error-429-what = Aus Ihrem Netz kamen in kurzer Zeit viele Anfragen. Darum warten wir. Es wurde nichts geändert.
error-429-next = Versuchen Sie es in einigen Minuten wieder.
error-500 = Bei uns ist etwas schiefgegangen
error-500-what = Der Fehler liegt bei uns, nicht bei Ihnen. Wir wissen noch nicht, ob Ihre Angaben angekommen sind.
error-500-next = Versuchen Sie es in einigen Minuten wieder. Zweimal anfragen schadet nicht: Dieselbe Anfrage zählt einmal.
error-503 = Wir haben kurz geschlossen
error-503-what = Am Portal wird gearbeitet, oder es erreicht seine Datenbank nicht. Es wurde nichts geändert.
error-503-next = Versuchen Sie es in einigen Minuten wieder.
# $link ist die Adresse des Anbieters.
error-write = Geschieht das wieder? Schreiben Sie an { $link }; eine E-Mail zählt genauso.
error-quote = Nennen Sie uns dies
