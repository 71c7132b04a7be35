# Die Datenschutzerklärung und die Verzeichnisse, für das Team.

admin-statement-since = In Kraft seit
admin-statement-read = Lesen
admin-statement-none = Noch ist keine Fassung in Kraft. Der erste Worker, der startet, legt eine ab.
admin-statement-changes = Was sich geändert hat
admin-statement-changes-note = Zwischen Fassung { $version }, die zuletzt mitgeteilt wurde, und der geltenden.
admin-statement-what = Worüber
admin-statement-before = Vorher
admin-statement-after = Jetzt
admin-statement-new = Neu
admin-statement-gone = Weg
admin-statement-same = Nichts, was jemand bemerken würde. Nur unsere eigenen Anmerkungen haben sich geändert.
admin-statement-letter = Das Schreiben
admin-statement-people = { $n ->
    [one] Es ginge an { $n } Person: eine Ansprechperson einer Lizenz oder eines Tests, deren Frist noch läuft.
   *[other] Es ginge an { $n } Personen: Ansprechpersonen von Lizenzen und Tests, deren Frist noch läuft.
} Auch wer sich von Neuigkeiten abgemeldet hat, erhält es. Wer gelöscht wurde oder wessen Verarbeitung eingeschränkt ist, nicht.
admin-statement-send = Mitteilen
admin-statement-send-note = Ein Schreiben für jede Adresse. Ein Worker schreibt sie nach und nach; diese Seite zeigt, wie weit er ist.
admin-statement-send-button = { $n ->
    [one] An { $n } Person senden
   *[other] An { $n } Personen senden
}
admin-statement-exempt = Braucht keine Mitteilung
admin-statement-exempt-note = Für eine Änderung, die niemandem etwas nimmt. Der Grund bleibt im Protokoll.
admin-statement-reason = Grund
admin-statement-exempt-button = Nichts senden
admin-statement-no-reason = Sagen Sie, warum es niemand wissen muss.
admin-statement-long-reason = Höchstens 500 Zeichen.
admin-statement-told = Diese Fassung ist mitgeteilt
admin-statement-past = Entscheidungen
admin-statement-version = Fassung
admin-statement-when = Wann
admin-statement-by = Von
admin-statement-decided = Entscheidung
admin-statement-decision = { $decision ->
    [first] Die erste Fassung
    [send] Wird mitgeteilt
   *[needless] Braucht keine Mitteilung
}
admin-statement-progress = { $state ->
    [done] Fertig
   *[open] Läuft
}: { $letters } Schreiben, { $passed } Adressen übergangen
admin-done-announced = Die Schreiben werden verfasst.
admin-done-not-announced = Vermerkt. Niemand wird angeschrieben.
admin-done-notice = Die Mitteilung wird erneut versucht.

admin-registers = Verzeichnis der Verarbeitungstätigkeiten
register-people = Wessen Daten
register-people-customer = Ansprechpersonen bei Kunden und Interessenten
register-people-ticket = Wer dem Support schreibt, und wen sie nennen
register-people-all = Sie alle
register-people-requests = Wer eine Anfrage stellt, und das Team
register-fields = Felder
register-direct = Nennt die Person, in
register-linked = Führt zu einer Person (pseudonym, in jeder Anfrage enthalten), in
register-content = Enthält, was jemand schrieb oder hochlud, in
register-plain = Führt zu niemandem, in
register-people-users = Wer unsere Apps benutzt
register-statistics-why = Um die Apps zu verbessern und Fehler darin zu finden
register-copies-open = Verzeichnis der Kopien öffnen
register-copy-end = { $state ->
    [destroyed] Vernichtet am { $day }.
    [overdue] War bis { $day } zu vernichten.
   *[open] Bis { $day }.
}
register-security = Sicherheitsmaßnahmen
register-security-roles = Rollen bestimmen, wer was darf; eine Löschung kann zwei Personen verlangen.
register-security-looks = Jeder Blick auf personenbezogene Daten wird mit seinem Grund aufgezeichnet.
register-security-sealed = Anfragen, Schreiben und Auskünfte sind mit Schlüsseln versiegelt, die außerhalb der Datenbank liegen; jede Anfrage hat einen eigenen, der vernichtet wird.
register-security-trail = Jede Tat ist ein Eintrag in einem signierten Protokoll, das niemand unbemerkt ändern kann.
register-security-erased = Was gelöscht ist, wird überschrieben, noch einmal gesucht und aus Importen und wiederhergestellten Sicherungen ferngehalten.
register-security-transport = Seiten, E-Mail und Nachrichten an andere Systeme gehen über TLS.
register-failed = Empfänger, die nicht zu erreichen waren
register-failed-note = Von einer Löschung oder Berichtigung müssen sie erfahren (Artikel 19). Teilen Sie es ihnen anders mit, oder berichtigen Sie die Adresse und versuchen Sie es erneut.
register-recipient = Empfänger
register-since = Seit
register-trouble = Was im Weg steht
register-mend = Abhilfe
register-mail = Auf der Seite der E-Mail
register-retry = Noch einmal versuchen
