# Die Seite einer Anfrage und der Weg zu ihr.

follow-title = Ihre Anfrage verfolgen
follow-lead = Wir schicken Ihnen einen neuen Link zur Seite jeder Ihrer Anfragen.
follow-email-hint = Die Adresse, mit der Sie angefragt haben.
follow-send = Link zuschicken
follow-reference = Das Aktenzeichen aus unserer E-Mail ist für Gespräche mit uns. Es öffnet nichts. Wer es sieht, kann Ihre Anfrage also nicht lesen.
follow-stale = Dieser Link gilt nicht mehr
follow-stale-text = Er ist verbraucht oder zu alt. Wir schicken Ihnen einen neuen.
follow-sent-lead = Wenn es eine Anfrage von { $email } gibt, ist eine E-Mail mit dem Link dorthin unterwegs. Wenn nicht, steht das in der E-Mail.
# $link sind die Worte von follow-wrong-link.
follow-wrong = Stimmt die Adresse? Wenn nicht, { $link }.
follow-wrong-link = versuchen Sie es mit einer anderen
link-title = Ihre Anfrage öffnen
link-lead = Ein Druck, und Sie sehen, wie es steht.
link-open = Meine Anfrage öffnen
link-shared = Schließen Sie danach den Browser, wenn auch andere diesen Computer benutzen.

# Titel und erster Satz, für jeden Stand einer Anfrage.
status-unproved = Zeigen Sie uns, dass Sie es sind
status-unproved-lead = Wir können noch nicht erkennen, dass diese Anfrage von Ihnen kommt. Was wir brauchen, haben wir Ihnen geschrieben. Ohne das kommen wir nicht weiter.
status-deciding = { $kind ->
    [review] Wir sammeln Ihre Daten
    [rectification] Wir prüfen Ihre Berichtigung
    [removal] Wir prüfen Ihre Anfrage auf Löschung
   *[unsubscribe] Wir prüfen Ihre Anfrage
}
status-deciding-lead = { $kind ->
    [review] Wir suchen in allen unseren Systemen. Sie hören von uns bis { $due }.
    [rectification] Wir vergleichen Ihre Angaben mit unseren Einträgen. Sie hören von uns bis { $due }.
    [removal] Wir suchen in allen unseren Systemen und entscheiden über jeden Datensatz. Sie hören von uns bis { $due }.
   *[unsubscribe] Sie hören von uns bis { $due }.
}
status-question = Wir haben eine Frage
status-question-lead = Mit Ihrer Antwort kommen wir weiter. Schreiben Sie sie unten.
status-question-asks = Unsere Frage
status-question-answer = Antwort schreiben
status-refused = { $kind ->
    [review] Wir geben Ihnen keine Kopie
    [rectification] Wir ändern das nicht
    [removal] Wir löschen das nicht
   *[unsubscribe] Das können wir nicht tun
}
status-refused-lead = Unten steht der Grund, und was Sie tun können, wenn Sie anderer Meinung sind.
status-refused-why = Warum
status-running = Ihre Daten werden gelöscht
status-running-lead = { $gone } von { $total } Datensätzen sind gelöscht. Der Rest folgt von selbst; Sie brauchen hier nicht zu warten.
status-erased = Ihre Daten sind gelöscht
status-kept = Vorerst behalten wir Ihre Daten
status-erased-lead = { $kept ->
    [0] { $total ->
        [0] Wir haben in allen unseren Systemen gesucht und nichts über Sie gespeichert.
        [one] Der einzige Datensatz ist gelöscht. Nichts ist übrig.
       *[other] Alle { $total } Datensätze sind gelöscht. Nichts ist übrig.
    }
    [one] { $gone } von { $total } Datensätzen sind gelöscht. Einer bleibt, weil das Gesetz es verlangt, und wird später von selbst gelöscht.
   *[other] { $gone } von { $total } Datensätzen sind gelöscht. { $kept } bleiben, weil das Gesetz es verlangt, und werden später von selbst gelöscht.
}
status-bundle = Ihre Kopie ist fertig
status-bundle-lead = Sie enthält alles, was wir über Sie gespeichert haben, zum Lesen und als Dateien für Maschinen. Sie liegt hier bis { $until }.
status-handed = Ihre Kopie liegt nicht mehr hier
status-handed-lead = Unser Exemplar haben wir am { $on } gelöscht. Sie können jederzeit eine neue Kopie anfragen.
status-corrected = { $corrected ->
    [0] Wir haben Ihre Daten gelassen, wie sie waren
   *[other] { $left ->
        [0] Ihre Daten sind berichtigt
       *[other] Ein Teil Ihrer Daten ist berichtigt
    }
}
status-corrected-lead = { $corrected ->
    [0] Unten steht für jede Zeile der Grund.
   *[other] { $left ->
        [0] Ihre Angaben stehen jetzt überall. Wir haben noch einmal gelesen, um sicher zu sein.
       *[other] Wir haben geändert, was möglich war, und noch einmal gelesen. Unten steht der Grund für jede Zeile, die bleibt.
    }
}
status-withdrawn = Sie haben Ihre Anfrage zurückgezogen
status-withdrawn-lead = Wir haben am { $on } aufgehört. Sie können jederzeit wieder anfragen.

status-extended = Es dauert länger, bis { $due }
status-extended-law = Bei schwierigen Anfragen erlaubt das Gesetz bis zu zwei weitere Monate (Artikel 12 Absatz 3 DSGVO). Auch darüber können Sie sich beschweren.
status-due = Sie hören von uns bis
status-done = Erledigt

# Was geschrieben wurde und was geschehen ist.
status-messages = Nachrichten
status-you = Sie
status-reply = Schreiben Sie uns zu dieser Anfrage
status-reply-send = Nachricht senden
status-reply-sent = Ihre Nachricht ist angekommen
status-code-sent = Wir haben Ihnen einen Code geschickt
status-went = Wie es gelaufen ist
step-waiting = Wartet
step-working = In Arbeit
step-checking = Wird geprüft
step-halted = Jemand von uns kümmert sich darum
status-withdraw = Anders überlegt?
# $link sind die Worte von status-withdraw-link.
status-withdraw-text = { $link }. Wir hören auf, und es geschieht nichts weiter.
status-withdraw-link = Diese Anfrage zurückziehen
status-stays = Diese Seite bleibt bis { $until }. Dann wird auch sie gelöscht.
timeline-asked = { $kind ->
    [review] Sie haben eine Kopie Ihrer Daten angefragt.
    [rectification] Sie haben uns gebeten, Ihre Daten zu berichtigen.
    [removal] Sie haben uns gebeten, Ihre Daten zu löschen.
   *[unsubscribe] Sie haben abbestellt.
}
timeline-confirmed = { $kind ->
    [removal] Sie haben es mit dem Code aus unserer E-Mail bestätigt.
   *[other] Sie haben es bestätigt.
}
timeline-checked = Wir haben geprüft, dass Sie es sind.
timeline-question = Wir haben Ihnen eine Frage gestellt.
timeline-answered = Sie haben geantwortet.
timeline-extended = Wir haben Ihnen gesagt, dass es länger dauert.
timeline-accepted = Wir haben Ihre Anfrage angenommen.
timeline-refused = Wir haben Ihre Anfrage abgelehnt.
timeline-withdrawn = Sie haben Ihre Anfrage zurückgezogen.
timeline-bundle = Ihre Kopie war fertig.
timeline-held-gone = Was wir für Rechtsansprüche behalten hatten, wurde gelöscht.
timeline-done = { $kind ->
    [review] Unser Exemplar wurde gelöscht. Abgeschlossen.
    [rectification] Die Berichtigungen wurden noch einmal gelesen. Abgeschlossen.
    [removal] Das letzte System wurde geprüft. Abgeschlossen.
   *[unsubscribe] Abgeschlossen.
}
timeline-deciding = { $kind ->
    [review] Wir sammeln, was in allen unseren Systemen über Sie steht.
    [rectification] Wir sehen uns jede Angabe an und entscheiden.
    [removal] Wir suchen in allen unseren Systemen nach Ihnen und entscheiden über jeden Datensatz.
   *[unsubscribe] Wir sehen uns Ihre Anfrage an.
}
timeline-running = Wir löschen und prüfen, dass nichts übrig ist.
timeline-next = { $kind ->
    [review] Sie laden die Kopie mit einem Code herunter, den wir Ihnen schicken.
    [rectification] Wir ändern es überall und sagen es allen, die es von uns bekommen haben.
    [removal] Wir löschen, prüfen, dass nichts übrig ist, und sagen Ihnen, was gelöscht ist.
   *[unsubscribe] Wir sagen Ihnen, was wir getan haben.
}

# Das Ende einer Löschung.
erased-where = Was gelöscht wurde und wo
erased-kept = Was wir behalten und warum
erased-kept-use = Wir verwenden dies nur für das, was im Gesetz steht, und für nichts anderes.
erased-no-end = Wenn der Grund wegfällt
erased-review = Prüfung bis { $date }
erased-held = Einen Teil brauchen wir für Rechtsansprüche. Bis zum Tag der Prüfung sehen wir nach, ob das noch so ist. Sobald es nicht mehr so ist, löschen wir ihn, ohne dass Sie noch einmal darum bitten müssen, und schreiben Ihnen.
erased-guard = Ihre Adresse bleibt außerdem in einer Form, die niemand zurücklesen kann. Sie dient nur einem Zweck: Wenn Ihre Angaben mit einem Import noch einmal zu uns kommen, verwerfen wir sie.

# Die Kopie.
bundle-holds = Inhalt
bundle-size = Größe
bundle-until = Liegt hier bis
bundle-count = Heruntergeladen
bundle-holds-records = { $count ->
    [one] { $count } Datensatz
   *[other] { $count } Datensätze
}
bundle-downloads = { $count ->
    [0] Noch nicht
    [one] Einmal
   *[other] { $count } Mal
}
bundle-code-send = Code zuschicken
bundle-code-again = Neuen Code zuschicken
bundle-code-hint = Sechs Ziffern, aus der E-Mail, die wir gerade geschickt haben.
bundle-download = Meine Kopie herunterladen

# Eine Berichtigung.
corrected-done = Berichtigt
corrected-left = Unverändert
corrected-same = Das steht so schon bei uns, oder wir haben nichts dieser Art gespeichert.

# Zurückziehen.
withdraw-title = Anfrage zurückziehen?
withdraw-lead = { $kind ->
    [review] Wir sammeln nicht weiter, und Sie bekommen keine Kopie.
    [rectification] Wir hören auf, und unsere Einträge bleiben, wie sie sind.
    [removal] Wir hören auf, und es wird nichts gelöscht.
   *[unsubscribe] Wir hören auf, und nichts ändert sich.
}
withdraw-again = Sie können jederzeit wieder anfragen.
withdraw-button = { $reference } zurückziehen
withdraw-back = Zurück, nichts zurückziehen

# Wo man sich beschweren kann.
remedy-title = Wenn Sie anderer Meinung sind
remedy-write = Schreiben Sie uns.
# $link ist der Name der Behörde.
remedy-complain = Sie können sich auch bei der Aufsichtsbehörde beschweren ({ $link }) oder vor Gericht gehen.

# Wer von einer Löschung oder Berichtigung erfuhr (Art. 19).
notice-title = Wem wir es mitgeteilt haben
notice-lead = Sie haben Daten der Art erhalten, die gelöscht oder berichtigt wurde.
notice-told = Am { $on } mitgeteilt.
notice-queued = Wird seit dem { $on } mitgeteilt.
notice-failed = War noch nicht zu erreichen. Unser Team kümmert sich darum.
notice-not-told = Wird nicht einzeln benachrichtigt: { $reason }

step-with-person = Jemand von uns erledigt es von Hand
