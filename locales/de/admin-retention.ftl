## Aufbewahrung: was fällig wird, Bereinigungen, und was zu spät kam

admin-nav-retention = Aufbewahrung
admin-retention-title = Was fällig wird
admin-retention-lead = { $n ->
    [one] Ein Datensatz in den nächsten { $days } Tagen, nach den geltenden Regeln.
   *[other] { $n } Datensätze in den nächsten { $days } Tagen, nach den geltenden Regeln.
}
admin-retention-change = Änderung ausprobieren …
admin-retention-days = Datensätze je Tag
admin-retention-chart = Diagramm der nächsten Tage
admin-retention-chart-text = Datensätze, die an jedem der nächsten 90 Tage fällig werden. Die Zahlen je Woche stehen darunter.
admin-retention-weeks = Dasselbe in Zahlen, je Woche
admin-retention-week = Woche ab
admin-retention-rules = Geltende Regeln
admin-retention-version = Fassung { $version }. Aus ihnen entsteht die Datenschutzerklärung.
admin-retention-data = Daten
admin-retention-goes = Entfernt
admin-retention-ground = Grund
admin-retention-next = Nächste 90 Tage
admin-retention-dateless = { $n ->
    [one] Ein Datensatz hat noch kein Datum ({ $what }): Seine Frist hat nicht begonnen, oder niemand hat den Beginn gemeldet.
   *[other] { $n } Datensätze haben noch kein Datum ({ $what }): Ihre Frist hat nicht begonnen, oder niemand hat den Beginn gemeldet.
}
admin-sweep-waits = { $n ->
    [one] Ein Datensatz wartet auf einen Menschen
   *[other] { $n } Datensätze warten auf einen Menschen
}
admin-sweep-why = { $why ->
    [report-old] Der neueste Bericht über die Lizenzen ist alt, eine Verlängerung womöglich unbekannt. Importieren Sie einen neuen; die nächste Bereinigung zählt neu. Oder sehen Sie nach und geben Sie die Bereinigung frei.
   *[large] Das ist mehr als üblich; deshalb hat die Bereinigung nicht von selbst begonnen. Sehen Sie sich die Zahlen an, bevor Sie sie freigeben: Was entfernt ist, kommt nicht zurück.
}
admin-sweep-confirm = Bereinigung freigeben
admin-done-sweep = Die Bereinigung läuft weiter.
admin-sweeps = Bereinigungen
admin-sweeps-note = Einmal am Tag. Fertig ist eine Bereinigung, wenn nichts Fälliges mehr gefunden wird.
admin-sweeps-none = Es gab noch keine Bereinigung. Die erste kommt innerhalb eines Tages.
admin-sweep-state = { $state ->
    [waiting] Wartet auf einen Menschen
    [purging] Läuft
   *[done] Fertig und geprüft
}
admin-sweep-due = Fällig
admin-sweep-done = Entfernt
admin-sweep-late = Zu spät
admin-sweep-by = Durch
admin-incidents = Zu spät entfernt
admin-incidents-note = Jede Zeile ist eine Zusage, die nicht an ihrem Tag erfüllt wurde. Schreiben Sie, warum, und was Sie getan haben, damit es nicht wieder vorkommt.
admin-late = { $n ->
    [one] { $what }: ein Datensatz wurde nach dem { $by } entfernt oder gesperrt
   *[other] { $what }: { $n } Datensätze wurden entfernt oder gesperrt, der erste war bis zum { $by } fällig
}
admin-incident-words = Was geschehen ist
admin-incident-hint = Es bleibt hier stehen, für Prüfer.
admin-incident-settle = Abschließen
admin-done-settled = Der Vorfall ist abgeschlossen.
retention-settle-words = Schreiben Sie ein, zwei Sätze, höchstens 2.000 Zeichen.
admin-change-title = Änderung der Regeln ausprobieren
admin-change-lead = Sehen Sie, was andere Regeln täten, bevor sie gelten. Hier wird nichts geändert; es gelten die Regeln der Datei, die die Konfiguration nennt.
admin-change-rules = Regeln
admin-change-hint = Der Text einer Regeldatei.
admin-change-try = Wirkung zeigen
admin-change-wrong = Diese Regeln lassen sich nicht einhalten
admin-change-problems = Was sich nicht einhalten lässt
admin-change-effect = Die Wirkung
admin-change-untouched = Es wurde nichts angerührt. Damit die Regeln gelten, schreiben Sie den Text in die Regeldatei und starten Sie Lethe neu.
admin-change-due-now = Jetzt fällig, geltend
admin-change-due-then = Jetzt fällig, geändert
admin-change-next-now = Nächste 90 Tage, geltend
admin-change-next-then = Nächste 90 Tage, geändert
retention-category = { $category ->
    [trial] Tests
    [licence] Lizenzen
    [billing] Rechnungen
    [ticket] Support-Anfragen
    [installation] Installationen
    [backup] Sicherungskopien
   *[outside] Außerhalb
}
retention-period = { $unit ->
    [days] { $n ->
        [one] einen Tag
       *[other] { $n } Tage
    }
    [months] { $n ->
        [one] einen Monat
       *[other] { $n } Monate
    }
   *[years] { $n ->
        [one] ein Jahr
       *[other] { $n } Jahre
    }
}
# Folgt auf „nach“.
retention-anchor = { $anchor ->
    [evaluation-start] dem Beginn des Tests
    [evaluation-end] dem Ende des Tests
    [first-received] dem Eingang
    [last-maintenance-end] dem Ende des letzten Wartungszeitraums
    [unsubscribed] dem Ende der Kundenbeziehung
    [uninstalled] der Deinstallation der App
    [ticket-closed] dem Abschluss der Anfrage
    [sale-year-end] dem Ende des Jahres des Verkaufs
    [backup-made] dem Anlegen der Sicherung
    [asked] der Anfrage der Person
   *[told] der Meldung durch das Team
}
retention-goes = { $kind ->
    [keep_for_then_delete] { $period } nach { $anchor }
    [at_latest] Spätestens { $period } nach { $anchor }
    [at_least] Frühestens { $period } und spätestens { $most } nach { $anchor }
    [immediate] Sofort nach { $anchor }
    [mark_for_deletion] Vorgemerkt, entfernt { $period } nach { $anchor }
    [legal_duty] Gesperrt, sobald nichts anderes es braucht; entfernt { $period } nach { $anchor }
   *[while_active] Am Tag nach { $anchor }
}
