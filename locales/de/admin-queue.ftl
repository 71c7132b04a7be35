## Übersicht

admin-overview-lead = { $needs ->
    [0] Im Moment ist niemand gefragt.
    [one] In einem Fall ist jemand gefragt. Er steht unten.
   *[other] In { $needs } Fällen ist jemand gefragt. Sie stehen unten.
}
admin-figure-open = offen
admin-figure-open-note = { $n ->
    [one] { $n } davon wartet auf eine Entscheidung
   *[other] { $n } davon warten auf eine Entscheidung
}
admin-figure-overdue = überfällig
admin-figure-overdue-note = { $overdue ->
    [true] die Frist des Art. 12 Abs. 3 ist vorbei
   *[false] alle Fristen des Art. 12 Abs. 3 sind gewahrt
}
admin-figure-week = diese Woche fällig
admin-figure-week-note = innerhalb von sieben Tagen
admin-figure-waiting = warten auf die Person
admin-figure-waiting-note = wir haben gefragt, die Antwort steht aus
admin-needs-person = Hier ist jemand gefragt
admin-needs-nothing = Nichts ist angehalten, keine E-Mail ist gescheitert, und jede Anfrage hat jemanden.
admin-need-holidays = Feiertage { $year }
admin-need-senders = { $n ->
    [one] Ein Versandprogramm hat einen Widerspruch nicht übernommen
   *[other] Ein Versandprogramm hat { $n } Änderungen von Widersprüchen nicht übernommen
}
admin-need-holds = { $n ->
    [one] Eine Löschsperre
   *[other] { $n } Löschsperren
}
admin-need-copies = { $n ->
    [one] Eine Kopie außerhalb der Speicher ist über ihren letzten Tag hinaus
   *[other] { $n } Kopien außerhalb der Speicher sind über ihren letzten Tag hinaus
}
admin-need-access = Niemand hat durchgesehen, wer was darf
admin-need-backups = { $n ->
    [one] Eine Sicherung hat ihren letzten Tag hinter sich und ist noch da
   *[other] { $n } Sicherungen haben ihren letzten Tag hinter sich und sind noch da
}
admin-need-broken = Das Protokoll passt nicht zu dem, was signiert wurde
admin-need-refused = { $n ->
    [one] Ein Zeuge hat den letzten Prüfpunkt nicht signiert
   *[other] { $n } Zeugen haben den letzten Prüfpunkt nicht signiert
}
admin-need-intent = { $n ->
    [one] Von einer angekündigten Handlung fehlt das Ergebnis
   *[other] Von { $n } angekündigten Handlungen fehlt das Ergebnis
}
admin-need-sweep = { $n ->
    [one] Eine Bereinigung von einem Datensatz wartet
   *[other] Eine Bereinigung von { $n } Datensätzen wartet
}
admin-need-late = { $n ->
    [one] Eine zugesagte Löschung kam zu spät
   *[other] { $n } zugesagte Löschungen kamen zu spät
}
admin-needs-nothing-next = Zu den Anfragen
admin-why = { $why ->
    [overdue] Überfällig
    [run-halted] Lauf angehalten
    [task] Von Hand
    [store-away] Speicher fort
    [mail-waits] E-Mail zu beurteilen
    [mailbox-silent] Postfach stumm
    [mail-failed] E-Mail gescheitert
    [audit-behind] Protokolleinträge warten
    [audit-broken] Protokoll beschädigt
    [witness-refuses] Zeuge verweigert die Signatur
    [senders-behind] Widerspruch seit einem Tag nicht übernommen
    [intent-open] Begonnen, aber ohne Ergebnis
    [sweep-waits] Bereinigung wartet auf einen Menschen
    [kept-late] Zu spät entfernt
    [hold-due] Prüfung fällig
    [hold-soon] Prüfung in den nächsten zwei Wochen
    [copies-overdue] Kopie zu vernichten
    [waits-for-copy] Wartet auf eine Kopie außerhalb
    [access-review] Durchsicht überfällig
    [backups-overdue] Sicherung zu löschen
    [unassigned] Seit einem Arbeitstag bei niemandem
   *[calendar-ends] Kalender endet innerhalb eines Jahres
}

## Anfragen

admin-enter-request = Anfrage per Telefon oder Brief erfassen
admin-views = Ansichten
admin-view = { $view ->
    [open] Offen
    [mine] Meine
    [decide] Zu entscheiden
    [halted] Angehalten
    [waiting] Warten auf die Person
    [unconfirmed] Nicht bestätigt
   *[closed] Abgeschlossen
}
admin-queue-search = Adresse oder Aktenzeichen
admin-any-kind = Alle Arten
admin-due-filter = { $due ->
    [late] Überfällig
    [week] Binnen einer Woche oder überfällig
   *[any] Jederzeit
}
admin-queue-none = Hier ist keine Anfrage.
admin-queue-none-next = Zurück zur Übersicht
admin-queue-none-match = Keine Anfrage passt dazu.
admin-queue-show-all = Alle offenen Anfragen zeigen
admin-due-group = { $when ->
    [late] Überfällig
    [week] Innerhalb einer Woche fällig
    [later] Später
   *[closed] Abgeschlossen
}
admin-position = { $first } bis { $last } von { $total }, das Fälligste zuerst
admin-position-closed = { $first } bis { $last }, zuletzt fällige zuerst
admin-first-page = Zum Anfang
admin-next-page = Weiter

## Eine Anfrage per Telefon, Brief, E-Mail oder persönlich

admin-new-title = Anfrage erfassen
admin-new-lead = Für eine Anfrage, die nicht über das Portal kam. Die Frist läuft ab dem Tag, an dem sie eingegangen ist.
admin-new-kind = Was wird verlangt?
admin-new-no-kind = Wählen Sie, was verlangt wird
admin-new-email = E-Mail-Adresse der Person
admin-new-name = Name der Person (freiwillig)
admin-new-name-hint = Nur wenn er genannt wurde.
admin-new-lang = Sprache der Antwort
admin-new-channel = Wie kam sie an?
admin-channel = { $channel ->
    [phone] Per Telefon
    [letter] Per Brief
    [mail] Per E-Mail
   *[in_person] Persönlich
}
admin-new-received = Eingegangen am
admin-new-no-channel = Wählen Sie, wie sie kam
admin-new-received-hint = Der Tag, an dem sie uns auf irgendeinem Weg erreicht hat, nicht der Tag, an dem sie jemand las.
admin-new-future = Dieser Tag ist noch nicht gekommen
admin-new-proof = Wie ist die Identität nachgewiesen?
admin-proof = { $proof ->
    [mail] Bestätigung an die Adresse senden; bis zur Antwort wird nichts geöffnet
   *[staff] Jemand aus dem Team hat sie geprüft
}
admin-new-no-proof = Geben Sie an, wie die Identität nachgewiesen ist
admin-new-checked = Wie sie geprüft wurde
admin-new-no-checked = Sagen Sie, wie geprüft wurde
admin-new-checked-hint = Nur bei Prüfung durch das Team: was Sie gesehen oder gefragt haben. Behalten Sie keine Kopie eines Ausweises.
admin-new-authority = Vollmacht (freiwillig)
admin-new-authority-hint = Nur wenn jemand für eine andere Person handelt: wer, und mit welcher Vollmacht.
admin-new-details = Was gesagt wurde (freiwillig)
admin-new-details-hint = Alles, was beim Finden und Entscheiden hilft.
admin-new-changes = Für eine Berichtigung: die richtigen Werte
admin-new-button = Anfrage erfassen

## Personen

admin-people-title = Person suchen
admin-people-lead = Durchsucht alle Datenspeicher und alle Anfragen. Die Suche wird mit Ihrem Grund festgehalten.
admin-people-search = Adresse oder Aktenzeichen
admin-people-no-address = Das ist weder eine Adresse noch ein Aktenzeichen
admin-people-reason = Warum Sie nachsehen
admin-people-reason-hint = Eine Zeile; sie wird mit dem Eintrag im Protokoll aufbewahrt.
admin-people-no-reason = Geben Sie an, warum Sie nachsehen; ohne Grund wird nichts gezeigt
admin-people-button = Alle Datenspeicher durchsuchen
admin-people-none = Kein Datenspeicher hat etwas unter dieser Adresse.
admin-people-records = { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
}
admin-people-first = Die ersten { $n } Datensätze; eine Anfrage zeigt alle.
admin-people-requests = Anfragen
admin-people-no-requests = Keine Anfrage von dieser Person.

admin-need-store = Ein Datenspeicher arbeitet nicht
