# Die Verzeichnisse neben dem Verarbeitungsverzeichnis: Kopien außerhalb der Speicher, und wer was darf.

admin-nav-registers = Verzeichnisse
admin-register = { $register ->
    [processing] Verarbeitungsverzeichnis
    [statement] Datenschutzerklärung
    [copies] Kopien außerhalb
    [access] Zugriff
    [holds] Rechtliche Sperren
   *[installations] Installationen
}

## Copies taken outside the stores

admin-copy-title = Kopien außerhalb der Speicher
admin-copy-one = Kopie außerhalb der Speicher
admin-copy-lead = Ein Export auf einem Laptop, eine Tabelle bei der Buchhaltung, ein Abzug für eine Entwicklerin: Kein Speicher weiß davon, also kann nur löschen, wer die Kopie hat. Eine Löschung wartet an ihrem Ende, bis jede Kopie vernichtet ist, in der die Person stehen kann.
admin-copy-open = Offen
admin-copy-none = Keine Kopie ist offen.
admin-copy-gone = Vernichtet
admin-copy-enter = Kopie eintragen
admin-copy-enter-note = Tragen Sie die Kopie ein, wenn sie entsteht. Namen, Orte und Gründe werden versiegelt gespeichert; ist eine Kopie vernichtet, wird vergessen, wessen Daten es waren.
admin-copy-what = Was kopiert wurde
admin-copy-what-hint = Welche Speicher, oder die Datei welches Tickets.
admin-copy-no-what = Geben Sie in 2 bis 500 Zeichen an, was kopiert wurde
admin-copy-whose = Wessen Daten
admin-copy-whose-choice = { $whose ->
    [everybody] Daten aller
   *[one] Daten einer Person
}
admin-copy-no-whose = Geben Sie an, ob es die Daten aller oder die einer Person sind
admin-copy-person-hint = Bei Daten einer Person: eine Adresse oder das Aktenzeichen einer Anfrage.
admin-copy-holder = Bei
admin-copy-somebody-else = Jemand ohne Konto
admin-copy-recipient = Name einer anderen Person
admin-copy-recipient-hint = Wenn die Kopie bei jemandem ohne Konto ist. Erinnert wird dann, wer Anfragen zuteilt.
admin-copy-no-holder = Wählen Sie, bei wem die Kopie ist, oder nennen Sie jemand anderen
admin-copy-place = Wo sie liegt
admin-copy-place-hint = Gerät, Ordner oder Postfach, damit sie sich wiederfindet.
admin-copy-no-place = Geben Sie in 2 bis 500 Zeichen an, wo sie liegt
admin-copy-why = Wozu
admin-copy-no-why = Geben Sie in 2 bis 500 Zeichen an, wozu sie dient
admin-copy-taken = Entstanden am
admin-copy-taken-later = Sie kann nicht erst in Zukunft entstanden sein
admin-copy-until = Aufbewahrt bis
admin-copy-until-hint = Spätestens { $day }. An diesem Tag wird erinnert, dann jede Woche.
admin-copy-no-until = Wählen Sie den letzten Tag der Aufbewahrung
admin-copy-until-past = Der letzte Tag darf nicht vor heute liegen
admin-copy-until-far = Der letzte Tag liegt weiter weg, als eine Kopie aufbewahrt werden darf
admin-copy-enter-button = Kopie eintragen
admin-copy-entered = Eingetragen
admin-copy-state = { $state ->
    [open] Offen
    [due] Endet heute
    [overdue] Überfällig
   *[destroyed] Vernichtet
}
admin-copy-end = Sie ist vernichtet
admin-copy-end-note = Auch im Papierkorb, in Sicherungen des Geräts und in Postfächern, durch die sie ging. Löschungen, die nur auf sie gewartet haben, schließen von selbst.
admin-copy-destroyed-on = Vernichtet am
admin-copy-no-day = Wählen Sie den Tag, an dem sie vernichtet wurde
admin-copy-day-wrong = Der Tag muss zwischen der Entstehung der Kopie und heute liegen
admin-copy-attested = Bestätigt von
admin-copy-attested-hint = Wer das sagt, mit Namen.
admin-copy-no-attested = Geben Sie in 2 bis 500 Zeichen an, wer es bestätigt
admin-copy-end-button = Als vernichtet eintragen
admin-copy-end-entered = Ende eingetragen
admin-copy-extend = Noch gebraucht?
admin-copy-extend-note = Jede Löschung einer Person, die darin steht, wartet weiter.
admin-copy-extend-button = Ende verschieben
admin-done-copy-entered = Die Kopie ist eingetragen. Löschungen von Personen, die darin stehen können, warten an ihrem Ende auf sie.
admin-done-copy-extended = Die Kopie darf bis zu ihrem neuen Tag aufbewahrt werden.
admin-done-copy-destroyed = Die Kopie ist als vernichtet eingetragen. Was nur auf sie gewartet hat, geht weiter.

# On the pages of a request.
admin-copy-notice = { $late ->
    [true] Bei { $holder } liegt eine Kopie, die bis { $until } weg sein sollte
   *[false] Bei { $holder } liegt eine Kopie, bis { $until }
}
admin-copy-notice-text = { $erases ->
    [true] Die Person kann darin stehen, und sie liegt außerhalb der Speicher. Die Löschung schließt erst, wenn die Kopie vernichtet und das eingetragen ist; dann geht sie von selbst weiter.
   *[false] Die Person kann darin stehen, und sie liegt außerhalb der Speicher. Was hier geschieht, erreicht sie nicht: Sagen Sie es dort.
}
admin-copy-notice-link = Kopie öffnen
admin-run-next-copies = Wer die Kopien außerhalb der Speicher hat, vernichtet sie

## Who may do what

admin-access-title = Wer was darf
admin-access-lead = Konten, Tokens von Maschinen und Schlüssel in einer Liste, damit sie jemand regelmäßig durchsieht (Art. 32 Abs. 1 lit. d).
admin-access-due = { $late ->
    [true] Durchsicht war bis { $day } fällig
   *[false] Nächste Durchsicht bis { $day }
}
admin-access-accounts = Konten des Teams
admin-access-who = Konto
admin-access-may = Darf
admin-access-since = Seit
admin-access-signed-in = Zuletzt angemeldet
admin-access-sessions = Offene Sitzungen
admin-access-closed = Geschlossen
admin-access-tokens = Tokens von Maschinen
admin-access-no-tokens = Keine Maschine hat Zutritt.
admin-access-token = Token
admin-access-scopes = Darf fragen nach
admin-access-used = Zuletzt benutzt
admin-access-keys = Schlüssel und Anmeldungen
admin-access-keys-note = Mit Namen und Ort; kein Schlüssel wird je gezeigt.
admin-access-key = Was
admin-access-key-name = Welcher
admin-access-key-place = Wofür oder wo
admin-access-review = Durchgesehen?
admin-access-review-note = Schließen Sie zuerst, was niemand mehr braucht: Konten auf der Seite des Teams, Tokens mit lethe tokens. Ändert sich die Liste, während Sie sie ansehen, wird nichts vermerkt.
admin-access-review-button = Ich habe sie durchgesehen
admin-access-reviews = Durchsichten
admin-access-no-reviews = Noch niemand hat eine Durchsicht vermerkt.
admin-access-when = Wann
admin-access-by = Von
admin-access-what = Was
admin-access-counts = { $accounts ->
    [one] Ein Konto
   *[other] { $accounts } Konten
}, { $tokens ->
    [0] kein Token
    [one] ein Token
   *[other] { $tokens } Tokens
}
admin-access-state = { $current ->
    [true] Seither unverändert
   *[false] Seither geändert
}
admin-done-access-reviewed = Es ist vermerkt, dass Sie sie durchgesehen haben.
access-key-kind = { $kind ->
    [key-file] Schlüsseldatei
    [install-keys] Schlüssel der App-Installationen
    [mailbox] Anmeldung an einem Postfach
   *[recipient] Geheimnis eines Webhooks
}
access-key-purpose = { $purpose ->
    [master] umhüllt die Schlüssel der Anfragen
    [search] Prüfsummen, mit denen Personen gefunden werden
    [store] versiegelt langlebige Spalten
   *[link] Abmeldelinks
}
admin-permission = { $permission ->
    [work] Anfragen sehen
    [decide] entscheiden
    [assign] zuteilen
    [enter] Anfragen eintragen
    [look_up] Personen suchen
    [object] Widersprüche eintragen
    [stores] Speicher sehen
    [audit] Protokoll lesen
    [staff] Konten verwalten
    [tokens] Maschinen zulassen
    [retention] Aufräumen freigeben
    [hold] rechtliche Sperren setzen
    [announce] Erklärungen ankündigen
    [copies] Kopien eintragen
   *[review_access] Zugriff durchsehen
}

## Statistics inside a request

admin-statistics = Statistiken, die zu einer Person führen
admin-statistics-note = Sie sind pseudonym, nicht anonym, also gehören sie zur Anfrage (Art. 4 Nr. 5).
admin-statistic = Statistik
admin-statistic-by = Gefunden über
admin-statistic-do = Was zu tun ist
admin-statistic-todo = { $where ->
    [store] Wird mit den Einträgen dieses Speichers gefunden und bearbeitet.
   *[outside] { $kind ->
        [access] Suchen Sie die Person dort von Hand, und schicken Sie, was Sie finden, mit einer Nachricht.
        [rectification] Suchen Sie die Person dort von Hand, und berichtigen Sie, was Sie finden.
       *[erasure] Suchen Sie die Person dort von Hand, und löschen Sie, was Sie finden.
    }
}
