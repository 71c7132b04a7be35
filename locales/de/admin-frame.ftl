## Was jede Seite des Teams umgibt, und die Wörter, die viele davon teilen.

admin-nav = Hauptmenü
admin-nav-overview = Übersicht
admin-nav-queue = Anfragen
admin-nav-stores = Datenspeicher
admin-nav-audit = Protokoll
admin-nav-staff = Team
admin-sign-out = Abmelden
# Nach einem Namen: „Aino Salo, Datenschutzleitung“.
admin-role = { $role ->
    [agent] Sachbearbeitung
    [lead] Datenschutzleitung
    [administrator] Administration
    [auditor] Prüfung
   *[subcontractor] externe Sachbearbeitung
}
# Allein in einer Liste.
admin-role-named = { $role ->
    [agent] Sachbearbeitung
    [lead] Datenschutzleitung
    [administrator] Administration
    [auditor] Prüfung
   *[subcontractor] Externe Sachbearbeitung
}
admin-foot-no-data = Diese Seite hat keine personenbezogenen Daten gezeigt.
admin-foot-list = Die Liste zeigt Adressen von Menschen. Dass Sie sie geöffnet haben, steht im Protokoll.
admin-foot-person = Sie haben personenbezogene Daten gesehen. Das steht im Protokoll.
admin-foot-trail = Das Protokoll zu lesen wird nicht eingetragen: Es enthält keine personenbezogenen Daten. Ein Export wird eingetragen.
admin-foot-run = Der Lauf geht von selbst weiter, auch wenn diese Seite geschlossen ist und wenn der Server neu startet.

## Arten, Stände, Daten

admin-kind = { $kind ->
    [access] Auskunft
    [rectification] Berichtigung
    [erasure] Löschung
   *[objection] Abmeldung
}
admin-state = { $state ->
    [unproved] Wartet auf Bestätigung
    [searching] Datenspeicher werden durchsucht
    [to_decide] Zu entscheiden
    [second] Zweite Person muss zustimmen
    [waiting] Wartet auf Antwort
    [access] Auskunft wird gesammelt
    [rectification] Neue Werte werden geschrieben
    [erasure] Löschung läuft
    [objection] Abmeldung läuft
    [halted] Angehalten
    [fulfilled] Erledigt
    [nothing_found] Nichts gefunden
    [refused] Abgelehnt
    [withdrawn] Zurückgezogen
   *[done] Abgeschlossen
}
admin-today = Heute
admin-days-left = { $days ->
    [one] { $days } Tag
   *[other] { $days } Tage
}
admin-days-late = { $days ->
    [one] { $days } Tag zu spät
   *[other] { $days } Tage zu spät
}
admin-never = Nie
admin-nobody = Niemand
admin-anyone = Alle
admin-forgotten = Inhalt vergessen
admin-restricted = Eingeschränkt
admin-found-short = { $stores ->
    [one] { $stores } Datenspeicher
   *[other] { $stores } Datenspeicher
}, { $records ->
    [one] { $records } Datensatz
   *[other] { $records } Datensätze
}
admin-received-short = { $date }, { $channel ->
    [web] Web
    [mail] E-Mail
    [link] Link
    [phone] Telefon
    [letter] Brief
   *[in_person] persönlich
}
admin-via = { $via ->
    [web] Formular
    [mail] E-Mail
    [link] Abmeldelink
    [phone] Telefon
    [letter] Brief
   *[in_person] Persönlich
}
admin-proved = { $proof ->
    [mailbox] Link aus der E-Mail
    [mailbox_and_code] Link und Code aus der E-Mail
    [staff] Vom Team geprüft
   *[authority] Vollmacht vom Team gesehen
}
# Wird statt der Zeichnung der Quadrate vorgelesen.
admin-cells = { $total ->
    [one] { $total } Datensatz
   *[other] { $total } Datensätze
}: { $gone } gelöscht, { $todo } noch vorhanden, { $kept } aus Rechtsgründen aufbewahrt
admin-match-exact = Genau diese Adresse
admin-match-possible = Möglicher Treffer

## Spalten

admin-col-what = Was
admin-col-why = Warum
admin-col-since = Seit
admin-col-with = Bei
admin-col-due = Fällig
admin-col-kind = Art
admin-col-person = Person
admin-col-state = Stand
admin-col-found = Gefunden
admin-col-assigned = Zugewiesen an
admin-col-received = Eingegangen
admin-col-reference = Aktenzeichen
admin-col-record = Datensatz
admin-col-records = Datensätze
admin-col-holds = Inhalt
admin-col-matched = Gefunden über
admin-col-decision = Entscheidung
admin-col-store = Datenspeicher
admin-col-field = Angabe
admin-col-held = Bei uns steht
admin-col-asked = Verlangt
admin-col-held-in = Steht in
admin-col-health = Zustand
admin-col-import = Letzter Import
admin-col-note = Anmerkung
admin-col-entry = Eintrag
admin-col-when = Wann
admin-col-happened = Was geschah
admin-col-by = Durch
admin-col-request = Anfrage
admin-col-leaf = Blatt
admin-col-event = Ereignis
admin-col-from = Ab
admin-col-until = Bis
admin-col-witness = Zeuge
admin-col-signed = Signiert bis
admin-col-announced = Angekündigt
admin-col-name = Name
admin-col-role = Rolle

## Schaltflächen und Rückwege

admin-show = Anzeigen
admin-change = Ändern
admin-choose = Bitte wählen
admin-accept = Annehmen
admin-refuse = Ablehnen
admin-erase = Löschen
admin-keep = Aufbewahren
admin-email = E-Mail-Adresse
admin-text-missing = Schreiben Sie zuerst einen Text
admin-date-wrong = Geben Sie einen Tag an, den es gibt
admin-value-long = Kürzen Sie das auf 200 Zeichen
admin-back-do-nothing = Zurück, nichts ändern
admin-back-erase-nothing = Zurück, nichts löschen
admin-back-overview = Zurück zur Übersicht
admin-back-request = Zurück zur Anfrage

## Seiten, die nur eines sagen

admin-forbidden = Ihre Rolle erlaubt das nicht
admin-forbidden-text = Die Administration kann Ihre Rolle ändern. Es wurde nichts gezeigt und nichts geändert.
admin-not-found = Unter dieser Adresse gibt es nichts
admin-not-found-text = Die Anfrage oder der Eintrag wurde vielleicht nach den Aufbewahrungsregeln bereinigt, oder die Adresse enthält einen Tippfehler.
admin-conflict = Jemand hat diese Anfrage geändert, während Sie sie ansahen
admin-conflict-text = Von Ihnen wurde nichts gespeichert. Öffnen Sie die Anfrage neu, sehen Sie nach, was sich geändert hat, und entscheiden Sie noch einmal.
admin-failed = Das hat nicht funktioniert
admin-failed-text = Es wurde nichts geändert. Versuchen Sie es in einer Minute erneut; geschieht es wieder, nennen Sie Ihrer Administration das Zeichen hier unten.
admin-incident = Zeichen dieses Fehlers:

## Anmelden und das eigene Passwort

admin-sign-in-title = Anmeldung für das Team
admin-sign-in = Anmelden
admin-password = Passwort
admin-sign-in-wrong = Adresse und Passwort passen nicht zusammen
admin-sign-in-wrong-next = Prüfen Sie beides und versuchen Sie es noch einmal. Nach mehreren falschen Versuchen ruht ein Konto eine Weile.
admin-sign-in-throttled = Zu viele Versuche
admin-sign-in-throttled-next = Aus Ihrem Netz kamen zu viele Versuche. Versuchen Sie es in einigen Minuten wieder.
admin-sign-in-lost = Passwort verloren? Die Administration kann Ihnen ein neues geben, aber nie per E-Mail.
admin-sign-in-not-staff = Nicht im Team? Die eigenen Daten ohne Konto einsehen, berichtigen oder löschen lassen
admin-password-title = Passwort ändern
admin-password-lead = Ihre anderen Sitzungen enden damit, diese geht weiter.
admin-password-old = Bisheriges Passwort
admin-password-new = Neues Passwort
admin-password-hint = Mindestens { $n } Zeichen. Ein paar Wörter hintereinander merken sich leichter als Sonderzeichen.
admin-password-short = Das neue Passwort braucht mindestens { $n } Zeichen
admin-password-wrong = Das ist nicht Ihr Passwort
admin-password-long = Das neue Passwort hat höchstens { $most } Zeichen
admin-password-button = Passwort ändern

## Der zweite Faktor

admin-col-factor = Zweiter Faktor
admin-factor-has = { $has ->
    [true] Authenticator-App
   *[false] Keiner
}
admin-factor-title = Ihr zweiter Faktor
admin-factor-lead = Mit einer Authenticator-App auf Ihrem Telefon öffnet Ihr Passwort allein nichts mehr: Zum Anmelden tippen Sie auch einen Code ein, den die App zeigt. Jede App für Einmalcodes ist recht.
admin-factor-required = Hier brauchen alle einen zweiten Faktor. Richten Sie Ihren ein, dann geht es weiter.
admin-factor-off = Zweite Faktoren sind hier abgeschaltet. Wer Lethe betreibt, kann sie in der Konfiguration erlauben.
admin-factor-password-hint = Damit sicher ist, dass Sie es sind.
admin-factor-begin = App einrichten
admin-factor-scan = Scannen Sie dies mit Ihrer Authenticator-App.
admin-factor-qr = Der Schlüssel für Ihre Authenticator-App als Code zum Scannen. Im nächsten Schritt steht er in Buchstaben.
admin-factor-type = Oder tippen Sie diesen Schlüssel dort ein: zeitbasiert, sechs Ziffern.
admin-factor-then = Geben Sie den Code ein, den die App jetzt zeigt.
admin-factor-confirm = Einrichten
admin-factor-code = Code aus Ihrer Authenticator-App
admin-factor-code-lead = Ihr Passwort stimmt. Noch ein Schritt, innerhalb von zehn Minuten.
admin-factor-code-label = Code
admin-factor-code-hint = Sechs Ziffern, alle 30 Sekunden neu. Jeder gilt einmal.
admin-factor-either-hint = Sechs Ziffern aus der App oder einer Ihrer Wiederherstellungscodes.
admin-factor-code-none = Geben Sie die sechs Ziffern aus der App ein oder einen ganzen Wiederherstellungscode
admin-factor-code-wrong = Dieser Code ist falsch oder schon benutzt. Warten Sie auf den nächsten in der App
admin-factor-code-rests = Zu viele Codes waren falsch. Versuchen Sie es in einer Viertelstunde wieder
admin-factor-code-lost = App und Wiederherstellungscodes verloren? Die Administration kann Ihren zweiten Faktor entfernen.
admin-factor-use-recovery = Telefon verloren? Wiederherstellungscode benutzen
admin-factor-recovery-label = Wiederherstellungscode
admin-factor-recovery-hint = Sechzehn Buchstaben und Ziffern in vier Gruppen. Jeder gilt einmal.
admin-factor-other-account = Mit einem anderen Konto anmelden
admin-factor-codes = Zu viele falsche Codes
admin-factor-codes-until = Vor { $until } Uhr wird kein Code für dieses Konto geprüft. Melden Sie sich dann neu an.
admin-factor-codes-again = Melden Sie sich neu an, um einen weiteren einzugeben.
admin-factor-there = Zum Anmelden brauchen Sie Ihr Passwort und einen Code aus Ihrer App.
admin-factor-app = Authenticator-App
admin-factor-since = Seit { $date }
admin-factor-recovery = Wiederherstellungscodes
admin-factor-left = { $left ->
    [0] Keiner mehr übrig. Erzeugen Sie neue, sonst sind Sie ohne die App ausgesperrt
    [one] Einer übrig. Erzeugen Sie neue
   *[other] { $left } übrig
}
admin-factor-renew = Neue Wiederherstellungscodes erzeugen
admin-factor-remove-own = App entfernen, zum Beispiel für ein neues Telefon
admin-factor-sure = { $removes ->
    [true] Ihren zweiten Faktor entfernen?
   *[false] Neue Wiederherstellungscodes erzeugen?
}
admin-factor-sure-text = { $removes ->
    [true] Die App und alle Wiederherstellungscodes gelten sofort nicht mehr, und Ihre anderen Sitzungen enden.
   *[false] Die bisherigen Wiederherstellungscodes gelten sofort nicht mehr.
}
admin-factor-sure-button = { $removes ->
    [true] Entfernen
   *[false] Neue erzeugen
}
admin-recovery-title = Ihre Wiederherstellungscodes
admin-recovery-added = Ihr zweiter Faktor ist eingerichtet. Ihre anderen Sitzungen sind beendet.
admin-recovery-what = Wenn Sie Ihr Telefon verlieren, ersetzt einer dieser Codes beim Anmelden die App. Jeder gilt einmal.
admin-recovery-once = Sie stehen nur hier und nirgends sonst. Drucken Sie sie aus oder schreiben Sie sie auf, und bewahren Sie sie getrennt vom Telefon auf.
admin-recovery-kept = Ich habe sie aufbewahrt; weiter
admin-factor-remove = Entfernen
admin-factor-removal-title = Den zweiten Faktor von { $name } entfernen?
admin-factor-removal-sure = Vergewissern Sie sich persönlich oder am Telefon, dass { $name } selbst darum bittet: Danach genügt zum Anmelden das Passwort.
admin-factor-removal-sessions = Alle Sitzungen enden sofort. Die Wiederherstellungscodes gelten nicht mehr.
admin-factor-removal-letter = { $name } bekommt eine E-Mail darüber.
admin-factor-removal-button = Für { $name } entfernen
admin-factor-reason = Warum
admin-factor-reason-hint = Für das Protokoll. Zum Beispiel: Telefon verloren, persönlich vorgesprochen.
admin-factor-no-reason = Sagen Sie in 2 bis 500 Zeichen, warum
admin-password-rests = Zu viele Passwörter waren falsch. Versuchen Sie es etwas später wieder
admin-done-factor-removed = Der zweite Faktor ist entfernt. Eine E-Mail darüber ist unterwegs.
admin-done-own-factor-removed = Ihr zweiter Faktor ist entfernt. Ihre anderen Sitzungen sind beendet.

## Was getan wurde
admin-done-accepted = Angenommen. Der Lauf hat begonnen.
admin-done-proposed = Sie haben zugestimmt. Eine zweite Person muss auch zustimmen.
admin-done-refused = Abgelehnt. Die Person bekommt Grund und Rechtsbehelfe per E-Mail.
admin-done-extended = Verlängert. Die Person bekommt die Gründe per E-Mail.
admin-done-asked = Die Frage ist unterwegs.
admin-done-message = Die Antwort ist unterwegs.
admin-done-note = Die Notiz ist gespeichert.
admin-done-assigned = Die Zuweisung ist gespeichert.
admin-done-item = Die Entscheidung über den Datensatz ist gespeichert.
admin-done-retried = Die angehaltenen Datenspeicher werden noch einmal versucht.
admin-done-entered = Die Anfrage ist eingetragen.
admin-done-deactivated = Das Konto ist deaktiviert.

## Warum etwas nicht geht
admin-why-not-proved = Die Identität ist noch nicht nachgewiesen
admin-why-already-proved = Die Identität ist schon nachgewiesen
admin-why-already-decided = Die Anfrage ist schon entschieden; der Lauf arbeitet daran.
admin-why-not-decided = Die Anfrage ist noch nicht entschieden.
admin-why-already-waiting = Eine Frage ist schon gestellt. Warten Sie auf die Antwort oder entscheiden Sie.
admin-why-open-candidates = Mögliche Treffer warten auf Ihre Antwort. Geben Sie sie zuerst auf der Seite der Anfrage.
admin-why-open-fields = Einige Werte sind noch nicht entschieden.
admin-why-stale = Jemand hat diese Anfrage geändert, während Sie sie ansahen. Es wurde nichts getan; die Seite zeigt den jetzigen Stand. Sehen Sie ihn an und entscheiden Sie noch einmal.
admin-why-run-started = Die Entscheidung über diesen Datensatz steht fest: Der Lauf hat begonnen, oder die Anfrage ist abgeschlossen.
admin-why-under-hold = Für diese Person gilt eine Löschsperre: Jetzt kann nichts gelöscht werden. Wählen Sie, dass der Datensatz nach dem Ende der Sperre gelöscht wird, oder eine Rechtsgrundlage.
admin-why-nothing-to-correct = Kein verlangter Wert weicht von unserem ab, oder die Anfrage nennt nur Worte. Fragen Sie nach dem falschen Wert, oder lehnen Sie mit Begründung ab.
admin-new-email-wrong = Schreiben Sie die neue Adresse wie name@firma.de

admin-done-handed-over = Ab hier geschieht es von Hand. Die Aufgabe steht auf dieser Seite.
admin-done-task = Danke. Der Durchlauf geht von selbst weiter.
