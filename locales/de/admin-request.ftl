## Eine Anfrage

admin-action = { $action ->
    [acceptance] Annehmen …
    [rectification] Wert für Wert entscheiden …
    [refusal] Ablehnen …
    [extension] Verlängern …
    [question] Nachfragen …
   *[run] Lauf verfolgen
}
admin-nothing-closed = Nichts mehr zu entscheiden: Die Anfrage ist abgeschlossen.
admin-nothing-unconfirmed = Vor der Bestätigung durch die Person lässt sich nichts entscheiden.
admin-nothing-searching = Bevor alle Datenspeicher geantwortet haben, lässt sich nichts entscheiden.
admin-nothing-role = Ihre Rolle darf diese Anfrage lesen und nichts entscheiden.
admin-assigned-to = Zugewiesen an { $who }
admin-assigned-nobody = Niemandem zugewiesen
admin-restricted-title = Die Verarbeitung ist eingeschränkt
admin-restricted-text = Bis zur Entscheidung dürfen die Daten gespeichert und sonst nicht verarbeitet werden (Art. 18). Vor der Aufhebung wird die Person unterrichtet.
admin-asked = Was verlangt wird
admin-found = Was gefunden wurde
admin-found-erasure = { $records ->
    [one] { $records } Datensatz
   *[other] { $records } Datensätze
} in { $stores } { $stores ->
    [one] Datenspeicher
   *[other] Datenspeichern
}: { $erase } zu löschen, { $keep } aufzubewahren.
admin-found-all = { $records ->
    [one] { $records } Datensatz
   *[other] { $records } Datensätze
} in { $stores } { $stores ->
    [one] Datenspeicher
   *[other] Datenspeichern
}.
admin-searched = Gesucht am { $when }, alle Datenspeicher haben vollständig geantwortet.
admin-found-incomplete = Nicht jeder Datenspeicher hat vollständig geantwortet
admin-found-incomplete-next = Die Suche läuft von selbst noch einmal; vorher lässt sich nichts annehmen.
admin-found-incomplete-link = Sehen, welcher Datenspeicher gestört ist
admin-found-nothing = Kein Datenspeicher hat etwas von dieser Person.
admin-found-not-yet = Die Datenspeicher wurden noch nicht durchsucht.
admin-candidates = { $n ->
    [one] Ein Datensatz braucht Ihren Blick
   *[other] { $n } Datensätze brauchen Ihren Blick
}
admin-candidates-first = Vor dem Annehmen beantworten
admin-candidate-legend = Gehört { $record } zu derselben Person?
admin-candidate-question = Geht es dabei um { $person }?
admin-candidate-same = Dieselbe Person, einbeziehen
admin-candidate-other = Jemand anders, nicht anrühren
admin-candidate-save = Antwort speichern
admin-records = Datensätze
admin-records-decided = Datensätze und was aus ihnen wird
admin-records-note = Vorgeschlagen nach den geltenden Regeln; jeder Vorschlag lässt sich ändern.
admin-records-more = Weitere Datensätze zeigen
admin-keep-until = Aufbewahren bis { $date }
admin-not-theirs = Von jemand anders, bleibt
admin-undecided = Nicht entschieden
admin-conversation = Schriftwechsel
admin-conversation-empty = Noch hat niemand geschrieben.
admin-reply = Antwort
admin-reply-send = Antwort senden
admin-reply-hint = Die Person bekommt eine E-Mail mit einem Link; der Text bleibt auf ihrer Seite.
admin-notes = Interne Notizen
admin-notes-hint = Nur das Team sieht sie.
admin-note = Notiz
admin-note-save = Notiz speichern
admin-aside = Über diese Anfrage
admin-clock-due = Fällig am { $date }
admin-clock-received = eingegangen
admin-clock-month = einen Monat nach Eingang
admin-clock-months = drei Monate nach Eingang
admin-clock-rolled = nächster Arbeitstag
admin-clock-law = DSGVO Art. 12 Abs. 3, VO 1182/71 Art. 3. Kalender { $calendar }.
admin-clock-suspended = Mit der Zeit, die die Person zum Antworten braucht: { $date }. Das Datum oben gilt weiter.
admin-clock-target = Eigenes Ziel { $date }{ $late ->
    [0] .
    [one] , um { $late } Tag verfehlt.
   *[other] , um { $late } Tage verfehlt.
}
admin-clock-no-calendar = Der Kalender kennt für { $year } keine Feiertage. Das Datum kann zu früh sein, nie zu spät.
admin-who-asks = Wer fragt
admin-fact-name = Name
admin-fact-address = Adresse
admin-fact-proof = Nachweis
admin-fact-checked = Wie geprüft wurde
admin-fact-channel = Gefragt über
admin-fact-language = Sprache
admin-fact-covers = Umfang
admin-covers = { $covers ->
    [some] Einen Teil der Daten, wie geschrieben
   *[all] Alles
}
admin-assignment = Zuweisung
admin-assign = Zuweisen
admin-earlier = Frühere Anfragen
admin-earlier-none = Keine
admin-trail = Verlauf
admin-trail-count = { $n ->
    [one] { $n } Eintrag
   *[other] { $n } Einträge
}

## Annahme

admin-erase-title = Annehmen und { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
} löschen?
admin-erase-button = { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
} löschen
admin-collect-title = Annehmen und { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
} sammeln?
admin-collect-button = { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
} sammeln
admin-unsubscribe-title = { $person } von allen Listen abmelden?
admin-unsubscribe-button = Von allen Listen abmelden
admin-accept-request = Anfrage { $reference }, gesucht am { $searched }.
admin-accept-final = Was gelöscht ist, lässt sich hier nicht zurückholen.
admin-accept-then = Was dann von selbst geschieht
admin-accept-hint = Was die zweite Suche über diese Liste hinaus findet, wird nach denselben Regeln behandelt oder wartet auf Ihre Antwort.
admin-erase-then-withdraw = Sobald Sie die Schaltfläche drücken, kann die Person die Anfrage nicht mehr zurückziehen.
admin-erase-then-search = Sind alle Datenspeicher fertig, läuft dieselbe Suche noch einmal. { $keep ->
    [0] Nur wenn sie nichts findet, wird die Anfrage abgeschlossen.
    [one] Nur wenn sie nichts als den einen aufbewahrten Datensatz findet, wird die Anfrage abgeschlossen.
   *[other] Nur wenn sie nichts als die { $keep } aufbewahrten Datensätze findet, wird die Anfrage abgeschlossen.
}
admin-erase-then-certificate = Die Person bekommt eine E-Mail, die sagt, was gelöscht ist, und die Rechtsgrundlage für alles nennt, was aufbewahrt wird, und eine Bescheinigung, die jeder prüfen kann.
admin-collect-then-stores = Alle Datenspeicher werden gelesen und die Auskunft zusammengestellt: zum Lesen, und als JSON und CSV.
admin-collect-then-mail = Die Person bekommt eine E-Mail und öffnet die Auskunft auf ihrer Seite mit einem frischen Code.
admin-collect-then-until = Sie lässt sich { $days } Tage lang herunterladen, jedes Herunterladen wird gezählt, danach wird sie gelöscht.
admin-correct-title = Diese Anfrage ohne Änderung abschließen?
admin-correct-then-nothing = Kein Wert bei uns weicht von dem ab, was verlangt wird; es wird nichts geschrieben. Die Person bekommt eine E-Mail darüber.
admin-correct-button = Ohne Änderung abschließen
admin-unsubscribe-then-lists = Die Adresse bekommt ab sofort von keiner Liste mehr Post, und kein Import ändert das.
admin-unsubscribe-then-mail = Die Person bekommt eine E-Mail, die das sagt.
admin-second-needed = Eine zweite Person muss zustimmen
admin-second-needed-text = Ihr Wort allein löst nichts aus.
admin-second-button-first = Löschung von { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätzen
} zustimmen
admin-second-first = { $by } hat zugestimmt, { $at }
admin-second-yours = Ihre Zustimmung ist die zweite: Die Schaltfläche unten führt es aus.
admin-second-not-you = Nun braucht es jemand anderen, der entscheiden darf.

## Ablehnung

admin-refusal-title = Anfrage von { $person } ablehnen?
admin-refusal-lead = Eine Ablehnung braucht einen Grund aus dem Gesetz und nennt die Rechtsbehelfe (Art. 12 Abs. 4).
admin-reason-label = Grund
admin-reason = { $reason ->
    [identity_not_established] Identität lässt sich nicht feststellen (Art. 12 Abs. 2 und 6, Art. 11 Abs. 2)
    [manifestly_unfounded] Offenkundig unbegründet (Art. 12 Abs. 5)
    [excessive] Exzessiv (Art. 12 Abs. 5)
    [legal_obligation] Ein Gesetz verpflichtet uns zur Aufbewahrung (Art. 17 Abs. 3 lit. b)
    [legal_claims] Für Rechtsansprüche erforderlich (Art. 17 Abs. 3 lit. e)
    [freedom_of_expression] Freie Meinungsäußerung und Information (Art. 17 Abs. 3 lit. a)
    [third_party_rights] Rechte anderer Menschen (Art. 15 Abs. 4)
    [not_controller] Wir handeln für einen Kunden, der entscheiden muss (Art. 28 Abs. 3 lit. e)
    [accurate_as_is] Es stimmt so, wie es ist (Art. 16)
   *[already_done] Es ist schon geschehen
}
admin-refusal-details = Erklärung
admin-refusal-details-hint = In einfachen Worten, in der Sprache der Person: { $language }. Die Person liest genau das.
admin-refusal-no-reason = Wählen Sie einen Grund
admin-refusal-no-details = Erklären Sie die Ablehnung in ein, zwei Sätzen
admin-refusal-evidence = Bei „offenkundig unbegründet“ und „exzessiv“ liegt die Beweislast bei uns (Art. 12 Abs. 5): Schreiben Sie den Nachweis in die Begründung.
admin-remedies = Was dazugehört
admin-remedies-law = Art. 12 Abs. 4, in der Sprache der Person
admin-refusal-button = Anfrage ablehnen

## Verlängerung

admin-extension-title = Um zwei Monate verlängern?
admin-extension-lead = Einmal möglich, im ersten Monat, und nur mit Gründen. Die Person wird jetzt unterrichtet (Art. 12 Abs. 3).
admin-extension-now = Fällig bisher
admin-extension-new = Fällig dann
admin-extension-details = Gründe
admin-extension-details-hint = Die Person liest genau das. Sagen Sie, was die Zeit kostet.
admin-extension-no-details = Nennen Sie die Gründe; ohne sie gilt eine Verlängerung nicht
admin-extension-button = Verlängern und die Person unterrichten
admin-extension-late = Der erste Monat ist seit { $date } vorbei
admin-extension-late-text = Eine Verlängerung muss die Person in dieser Zeit erreichen (Art. 12 Abs. 3). Entscheiden Sie jetzt, oder fragen Sie nach, was fehlt.
admin-extension-twice = Schon verlängert, bis { $date }
admin-extension-twice-text = Das Gesetz kennt nur eine Verlängerung (Art. 12 Abs. 3).

## Nachfrage

admin-question-title = Bei { $person } nachfragen
admin-question-lead = Fragen Sie nur, was Sie brauchen, um weiterzukommen. Mehr Nachweise der Identität nur bei begründeten Zweifeln (Art. 12 Abs. 6).
admin-question-details = Frage
admin-question-details-hint = Die Person liest genau das und antwortet auf ihrer Seite.
admin-question-no-details = Schreiben Sie Ihre Frage
admin-question-clock = Wir rechnen die Frist ab { $date } als gehemmt
admin-question-strict = Der Text der Verordnung kennt keine Hemmung, darum gilt { $date } weiter und steht weiter an erster Stelle.
admin-question-button = Frage senden

## Ein Datensatz

admin-item-question = Was wird daraus?
admin-item-now = Jetzt entschieden: { $decision }.
admin-item-erase-hint = Er ist endgültig gelöscht, und kein Import bringt ihn zurück.
admin-item-keep-hint = Die Person erfährt Rechtsgrundlage und Datum.
admin-item-ground = Rechtsgrundlage
admin-item-ground-hint = Nur wenn er aufbewahrt wird.
admin-item-no-ground = Wählen Sie die Rechtsgrundlage der Aufbewahrung
admin-item-until = Aufbewahrt bis
admin-item-reason = Warum Sie es ändern
admin-item-reason-hint = Bleibt intern; es steht in der Akte dieser Anfrage.
admin-item-no-reason = Geben Sie an, warum Sie es ändern
admin-item-no-choice = Wählen Sie Löschen oder Aufbewahren
admin-item-save = Entscheidung speichern

## Lauf

admin-run-erasing = Löschung: { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
}
admin-run-erased = { $n ->
    [one] { $n } Datensatz gelöscht
   *[other] { $n } Datensätze gelöscht
}
admin-run-collecting = Auskunft: { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
}
admin-run-writing = Berichtigung: { $n ->
    [one] { $n } Wert
   *[other] { $n } Werte
}
admin-run-as-of = Stand { $now }, begonnen { $started } durch { $who }
admin-run-seen = Stand { $now }
admin-run-unsubscribing = Abmeldung von allen Listen
admin-run-look-again = Neu laden
admin-run-live = Live
admin-run-held = Was wir noch haben
admin-run-figures = { $gone } gelöscht, { $todo } noch da{ $kept ->
    [0] {""}
    [one] , { $kept } bleibt von Gesetzes wegen
   *[other] , { $kept } bleiben von Gesetzes wegen
}
admin-run-gone = Gelöscht
admin-run-todo = Noch da
admin-run-kept = Aus Rechtsgründen aufbewahrt
admin-progress = { $state ->
    [waiting] Wartet
    [searched] Durchsucht, wartet
    [working] Läuft
    [verifying] Wird noch einmal durchsucht
    [with_person] Bei einem Menschen
    [halted] Angehalten
   *[done] Fertig
}
admin-run-left = { $left ->
    [0] Nichts mehr da
   *[other] { $left } von { $total } noch da
}
admin-run-left-kept = { $kept } gesetzlich aufbewahrt
admin-run-read-back = { $when }, leer zurückgelesen
admin-run-tried = { $n ->
    [one] Einmal versucht
   *[other] { $n }-mal versucht
}
admin-run-mend = Was zu tun ist
admin-run-retry = Noch einmal versuchen
admin-run-ahead = Vor dem Abschluss
admin-run-next-stores = Alle Datenspeicher melden fertig
admin-run-next-search = Dieselbe Suche läuft noch einmal und findet nur, was aufbewahrt wird
admin-run-next-tell = Die Anfrage wird abgeschlossen, die Person bekommt Nachricht

## Berichtigung, Wert für Wert

admin-values = { $values ->
    [one] Ein Wert
   *[other] { $values } Werte
} in { $stores ->
    [one] einem Datenspeicher
   *[other] { $stores } Datenspeichern
}
admin-values-note = Rot geht, Grün kommt. Jede Zeile ist eine eigene Entscheidung.
admin-values-none = Kein Wert bei uns weicht von dem ab, was verlangt wird.
admin-nothing-held = Nichts
admin-value-decision = Entscheidung über { $name }
admin-value-reason = Warum Sie einen Wert ablehnen
admin-value-reason-hint = Nur wenn Sie einen ablehnen. Die Person liest ihn, zusammen mit ihrem Recht auf Beschwerde und Klage.
admin-value-reason-none = Ich lehne keinen ab
admin-value-undecided = Nehmen Sie jeden Wert an oder lehnen Sie ihn ab
admin-values-button = Über diese Werte entscheiden
admin-values-back = Unentschieden lassen
admin-values-hint = Jeder angenommene Wert wird in jeden Datenspeicher geschrieben, der ihn hat, und zurückgelesen.

## Löschsperren auf den Seiten einer Anfrage

admin-hold-tag = Löschsperre
admin-hold-notice = Löschsperre, zu prüfen bis { $review }
admin-hold-notice-text = Nichts von dieser Person wird gelöscht, bevor die Sperre endet, und wenn sie niemand aufhebt, nicht vor dem { $until }. Die Person erfährt die Rechtsgrundlage (Art. 17 Abs. 3 Buchst. e), den Tag der Prüfung und die Rechtsbehelfe, aber nicht, worum es geht.
admin-hold-waits = Wird nach dem Ende der Sperre gelöscht
admin-hold-accept-title = Annehmen und { $n ->
    [one] { $n } Datensatz
   *[other] { $n } Datensätze
} unter der Sperre behalten?
admin-hold-accept = Annehmen und antworten
admin-hold-then-kept = { $n ->
    [0] Nichts ist zum Löschen vorgesehen.
    [one] Der eine Datensatz, der gelöscht werden soll, bleibt unter der Sperre, eingeschränkt, wo der Datenspeicher es kann.
   *[other] Die { $n } Datensätze, die gelöscht werden sollen, bleiben unter der Sperre, eingeschränkt, wo der Datenspeicher es kann.
}
admin-hold-then-told = Die Anfrage wird jetzt beantwortet, mit Rechtsgrundlage, Tag der Prüfung und Rechtsbehelfen.
admin-hold-then-gone = Nach dem Ende der Sperre werden die Datensätze von selbst gelöscht, und die Person erfährt es.
admin-hold-later = Löschen, wenn die Sperre geendet hat
admin-hold-later-hint = Das geschieht dann von selbst. Bis dahin kann nichts von dieser Person gelöscht werden.

admin-run-task = Von Hand, bis { $when }
admin-run-task-done = Von Hand erledigt, { $when }
admin-run-by-hand = Von Hand erledigen
admin-run-by-hand-hint = Das Programm hört hier auf, und Sie sagen, was Sie getan haben.
admin-task-title = Von Hand: { $store }
admin-task-lead = Hierhin reicht kein Programm, oder es darf nicht. Sie sehen nach, handeln und sagen, was Sie getan haben. Das Protokoll vermerkt es unter Ihrem Konto.
admin-task-due = Bis
admin-task-address = Adresse
admin-task-name = Name
admin-task-owner = Wessen Aufgabe
admin-task-done = Erledigt
admin-task-records = Welche Datensätze
admin-task-others-hint = Kreuzen Sie an, was sich als Datensatz einer anderen Person herausgestellt hat. Er bleibt, wie er ist, und die Bescheinigung zählt ihn als nicht von dieser Person. Alle anderen gelten mit dem, was Sie unten sagen, als erledigt.
admin-task-said = Was dazu gesagt wurde
admin-task-question = War dort etwas von dieser Person?
admin-task-yes = { $kind ->
    [access] Ja, und ich habe aufgeschrieben, was
    [rectification] Ja, und jetzt stimmt es
   *[erasure] Ja, und jetzt ist es weg
}
admin-task-no = Nein, ich habe nachgesehen und nichts gefunden
admin-task-found-missing = Sagen Sie, ob dort etwas war.
admin-task-words = Was haben Sie getan?
admin-task-words-hint = { $kind ->
    [access] Alles, was dort liegt. Die Person liest es in ihrer Kopie.
   *[other] Für Kollegen und für Prüfer. Bitte nennen Sie niemanden.
}
admin-task-then = Wo ein Programm nachsehen kann, sieht es noch einmal nach. Was es noch findet, kommt zu Ihnen zurück.
admin-task-button = Ich habe das erledigt
