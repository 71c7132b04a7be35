# E-Mails. Titel sind auch Betreffzeilen. Was auch auf einer Seite steht, kommt von dort.

mail-subject = { $title } ({ $reference })
mail-reference = Aktenzeichen { $reference }
mail-answer = Sie können auf diese E-Mail antworten; ein Mensch liest es.
mail-copy = Oder kopieren Sie diese Adresse in Ihren Browser:
mail-open = Meine Anfrage öffnen
# Über einem signierten Text für Programme, ganz am Ende.
mail-checkpoint = Für spätere Prüfungen: der Stand unseres Protokolls, als wir dies schrieben. Sie brauchen damit nichts zu tun.
mail-why = Warum
mail-page = Auf der Seite Ihrer Anfrage können Sie die Arbeit verfolgen, uns schreiben und die Anfrage zurückziehen:
mail-remedies = Antworten Sie auf diese E-Mail. Sie können sich auch bei der Aufsichtsbehörde beschweren, { $authority }, oder vor Gericht gehen.

mail-confirmation-asked = { $kind ->
    [review] Am { $asked } hat uns jemand um eine Kopie der personenbezogenen Daten gebeten, die wir unter Ihrer Adresse gespeichert haben. Waren Sie das?
    [rectification] Am { $asked } hat uns jemand gebeten, die personenbezogenen Daten zu berichtigen, die wir unter Ihrer Adresse gespeichert haben. Waren Sie das?
    [removal] Am { $asked } hat uns jemand gebeten, die personenbezogenen Daten zu löschen, die wir unter Ihrer Adresse gespeichert haben. Waren Sie das?
   *[unsubscribe] Am { $asked } hat uns jemand gebeten, keine Werbung mehr an Ihre Adresse zu schicken. Waren Sie das?
}
mail-one-step = Dann fehlt noch ein Schritt. Öffnen Sie diese Seite und drücken Sie dort auf den Knopf:
mail-step-code = Dann fehlen noch zwei Schritte. Erstens: Halten Sie diesen Code bereit:
mail-step-link = Zweitens: Öffnen Sie diese Seite und geben Sie den Code dort ein:
mail-proof-until = Das gilt bis { $until }. Die Seite nur zu öffnen ändert nichts.
mail-not-you = Sie waren das nicht?
mail-not-you-text = { $kind ->
    [removal] Dann brauchen Sie nichts zu tun. Ohne den Code wird nichts gelöscht, und die Anfrage wird vergessen.
   *[other] Dann brauchen Sie nichts zu tun. Es geschieht nichts, und die Anfrage wird vergessen.
}

mail-reminder = Ihre Anfrage wartet noch auf Sie
mail-reminder-asked = { $kind ->
    [review] Am { $asked } hat uns jemand um eine Kopie der personenbezogenen Daten gebeten, die wir unter Ihrer Adresse gespeichert haben. Das wurde noch nicht bestätigt. Waren Sie das?
    [rectification] Am { $asked } hat uns jemand gebeten, die personenbezogenen Daten zu berichtigen, die wir unter Ihrer Adresse gespeichert haben. Das wurde noch nicht bestätigt. Waren Sie das?
    [removal] Am { $asked } hat uns jemand gebeten, die personenbezogenen Daten zu löschen, die wir unter Ihrer Adresse gespeichert haben. Das wurde noch nicht bestätigt. Waren Sie das?
   *[unsubscribe] Am { $asked } hat uns jemand gebeten, keine Werbung mehr an Ihre Adresse zu schicken. Das wurde noch nicht bestätigt. Waren Sie das?
}
mail-reminder-else = Wenn Sie nichts tun, wird die Anfrage am { $until } vergessen. Wir erinnern Sie nicht noch einmal.

mail-received = { $kind ->
    [review] Sie haben eine Kopie Ihrer Daten angefragt. Sie hören von uns bis { $due }.
    [rectification] Sie haben uns gebeten, Ihre Daten zu berichtigen. Sie hören von uns bis { $due }.
    [removal] Sie haben uns gebeten, Ihre Daten zu löschen. Sie hören von uns bis { $due }.
   *[unsubscribe] Sie haben uns gebeten, keine Werbung mehr zu schicken. Sie hören von uns bis { $due }.
}
mail-joined = Das hatten Sie uns schon gefragt
mail-joined-text = { $kind ->
    [review] Ihre Anfrage nach einer Kopie Ihrer Daten läuft schon. Die neue haben wir dazugelegt.
    [rectification] Ihre Anfrage auf Berichtigung läuft schon. Die neue haben wir dazugelegt.
    [removal] Ihre Anfrage auf Löschung läuft schon. Die neue haben wir dazugelegt.
   *[unsubscribe] Ihre Anfrage läuft schon. Die neue haben wir dazugelegt.
} Das Datum bleibt: Sie hören von uns bis { $due }.

mail-status = Der Link zu Ihrer Anfrage
mail-status-asked = Jemand, wahrscheinlich Sie, hat uns um einen Link zu den Anfragen mit dieser Adresse gebeten.
mail-status-none = Mit dieser Adresse gibt es keine Anfrage. Wenn Sie eine andere verwendet haben, versuchen Sie es mit ihr.
mail-status-until = Das gilt bis { $until }. Den Link nur zu öffnen ändert nichts.
mail-status-not-you = Wenn Sie das nicht waren, brauchen Sie nichts zu tun. Außer Ihnen bekommt niemand diesen Link.

mail-message = Wir haben Ihnen geschrieben
mail-message-text = Es gibt eine Nachricht zu Ihrer Anfrage. Damit sie vertraulich bleibt, steht sie auf der Seite Ihrer Anfrage und nicht in dieser E-Mail.
mail-message-open = Nachricht lesen
mail-question = Wir haben eine Frage
mail-question-text = Um weiterzukommen, brauchen wir eine Antwort von Ihnen. Damit die Frage vertraulich bleibt, steht sie auf der Seite Ihrer Anfrage und nicht in dieser E-Mail.
mail-question-open = Lesen und antworten
mail-extension = Es dauert länger als einen Monat
mail-extension-text = Wir werden mit Ihrer Anfrage nicht innerhalb des Monats fertig. Sie hören von uns bis { $due }.
mail-refusal-text = Wir haben Ihre Anfrage geprüft und lehnen sie ab. Unten stehen der Grund, und was Sie dagegen tun können.

mail-bundle-text = Die Kopie Ihrer Daten liegt bis { $until } auf der Seite Ihrer Anfrage. Zum Herunterladen schicken wir Ihnen einen Code.
mail-code = Ihr Code
mail-code-text = Geben Sie diesen Code auf der Seite Ihrer Anfrage ein, um die Kopie Ihrer Daten herunterzuladen:
mail-code-until = Er gilt einmal, bis { $until }.
mail-code-not-you = Sie haben keinen Code verlangt? Antworten Sie gleich auf diese E-Mail. Vielleicht hat jemand den Link zu Ihrer Anfrage.

mail-erased-dates = Angefragt am { $asked }, erledigt am { $done }.
mail-removed = Gelöscht
mail-kept = Behalten, und bis wann
mail-removed-in-all = Insgesamt gelöscht
mail-held-gone = Was wir behalten hatten, ist gelöscht
mail-held-gone-text = Wir hatten Ihre Anfrage beantwortet und Daten von Ihnen behalten, weil sie für Rechtsansprüche gebraucht wurden (Art. 17 Abs. 3 Buchst. e DSGVO). Sie werden nicht mehr gebraucht. Am { $done } haben wir sie gelöscht und noch einmal gesucht.
mail-held-proof = Auf der Seite Ihrer Anfrage liegt eine neue Bescheinigung darüber.
mail-still-held = Wir behalten weiter Daten von Ihnen
mail-still-held-text = Als wir Ihre Anfrage beantwortet haben, haben wir Daten von Ihnen behalten, weil sie für Rechtsansprüche gebraucht werden (Art. 17 Abs. 3 Buchst. e DSGVO). Das ist noch so. Sie bleiben mindestens bis { $until }; bis dahin prüfen wir es erneut. Sobald sie nicht mehr gebraucht werden, löschen wir sie, ohne dass Sie noch einmal darum bitten müssen, und schreiben Ihnen. Bis dahin verwenden wir sie nur für diese Ansprüche und für nichts anderes.
mail-proof = Ihr Nachweis
mail-proof-text = Auf der Seite Ihrer Anfrage können Sie eine Bescheinigung herunterladen, die jeder prüfen kann, auch wenn es uns nicht mehr gibt. Die Seite bleibt bis { $until }; die Bescheinigung gehört Ihnen.

mail-withdrawn-text = { $kind ->
    [review] Am { $on } haben Sie Ihre Anfrage zurückgezogen. Wir sammeln nicht weiter, und Sie bekommen keine Kopie.
    [rectification] Am { $on } haben Sie Ihre Anfrage zurückgezogen. Wir haben aufgehört, und unsere Einträge bleiben, wie sie sind.
    [removal] Am { $on } haben Sie Ihre Anfrage zurückgezogen. Wir haben aufgehört, und es wird nichts mehr gelöscht.
   *[unsubscribe] Am { $on } haben Sie Ihre Anfrage zurückgezogen.
}
mail-unsubscribed = Am { $on } hat jemand diese Adresse eingegeben und uns gebeten, keine Werbung mehr an sie zu schicken. Das gilt ab jetzt, für alle unsere Listen.
mail-unsubscribed-undo = Dann machen Sie es hier rückgängig:
mail-lifted = Sie bekommen wieder Neuigkeiten von uns
mail-lifted-list = { $by ->
    [staff] Am { $on } hat unser Team Ihren Widerspruch gegen { $list } aufgehoben. Ab jetzt kann diese Adresse sie wieder bekommen.
   *[link] Am { $on } wurde ein Link für diese Adresse benutzt, um { $list } wieder zu bekommen. Ab jetzt kann diese Adresse sie wieder bekommen.
}
mail-lifted-all = { $by ->
    [staff] Am { $on } hat unser Team Ihren Widerspruch gegen alle Werbung aufgehoben. Ab jetzt kann diese Adresse sie wieder bekommen.
   *[link] Am { $on } wurde ein Link für diese Adresse benutzt, um unsere Neuigkeiten wieder zu bekommen. Ab jetzt kann diese Adresse sie wieder bekommen.
}
mail-lifted-not-you = Sie wollen das nicht?
mail-lifted-again = Dann beenden Sie es hier, sofort und ohne Begründung:

# An Mitarbeitende.
mail-staff-foot = Sie bekommen diese E-Mail, weil Sie an dieser Adresse Anfragen bearbeiten.
mail-staff-open = Anfrage öffnen
mail-assigned = Eine Anfrage gehört Ihnen
mail-assigned-text = { $kind ->
    [review] Verlangt wird eine Kopie aller Daten. Fällig am { $due }.
    [rectification] Verlangt wird eine Berichtigung. Fällig am { $due }.
    [removal] Verlangt wird eine Löschung. Fällig am { $due }.
   *[unsubscribe] Es ist ein Widerspruch gegen Werbung. Fällig am { $due }.
}
mail-untaken = Niemand hat diese Anfrage übernommen
mail-untaken-text = { $kind ->
    [review] Verlangt wird eine Kopie aller Daten. Eingegangen am { $received }, fällig am { $due }.
    [rectification] Verlangt wird eine Berichtigung. Eingegangen am { $received }, fällig am { $due }.
    [removal] Verlangt wird eine Löschung. Eingegangen am { $received }, fällig am { $due }.
   *[unsubscribe] Es ist ein Widerspruch gegen Werbung. Eingegangen am { $received }, fällig am { $due }.
} Ein Arbeitstag ist vergangen. Übernehmen Sie sie, oder geben Sie sie jemandem.
mail-halted = Ein Durchlauf braucht einen Menschen
mail-halted-text = Der Durchlauf steht bei { $store }, aus diesem Grund:
mail-halted-open = Durchlauf öffnen
# Über die eigene Anmeldung.
mail-factor = { $news ->
    [added] Ihr zweiter Faktor ist eingerichtet
    [removed] Ihr zweiter Faktor ist entfernt
    [removed_by_other] Ihr zweiter Faktor ist entfernt
    [codes_renewed] Ihre Wiederherstellungscodes sind erneuert
   *[code_used] Ein Wiederherstellungscode von Ihnen wurde benutzt
}
mail-factor-text = { $news ->
    [added] Am { $on } wurde für Ihr Konto eine Authenticator-App eingerichtet. Ab jetzt brauchen Sie zum Anmelden einen Code von ihr.
    [removed] Am { $on } haben Sie die Authenticator-App von Ihrem Konto entfernt. Ihre Codes und Ihre Wiederherstellungscodes gelten nicht mehr.
    [removed_by_other] Am { $on } hat die Administration die Authenticator-App von Ihrem Konto entfernt, und alle Ihre Sitzungen sind beendet. Bis Sie eine neue einrichten, meldet Sie das Passwort allein an.
    [codes_renewed] Am { $on } haben Sie neue Wiederherstellungscodes erzeugt. Die alten gelten nicht mehr.
   *[code_used] { $left ->
        [0] Am { $on } wurde ein Wiederherstellungscode benutzt. Es war Ihr letzter: Erzeugen Sie neue.
        [one] Am { $on } wurde ein Wiederherstellungscode benutzt. Einer ist noch übrig: Erzeugen Sie neue.
       *[other] Am { $on } wurde ein Wiederherstellungscode benutzt. { $left } sind noch übrig.
    }
}
mail-factor-not-you = Wenn Sie das nicht waren und es nicht mit Ihnen abgesprochen ist, sagen Sie es jetzt der Administration und ändern Sie Ihr Passwort.
mail-factor-open = Ihr zweiter Faktor
mail-sweep-waits = Eine Bereinigung wartet auf einen Menschen
mail-sweep-waits-text = { $waits ->
    [report-old] { $records ->
        [one] Die Zeit eines Datensatzes ist nach den Regeln der Datenschutzerklärung gekommen.
       *[other] Die Zeit von { $records } Datensätzen ist nach den Regeln der Datenschutzerklärung gekommen.
    } Der Bericht über die Lizenzen ist aber alt, eine Verlängerung womöglich unbekannt. Importieren Sie einen neuen Bericht, oder sehen Sie die Datensätze durch und geben Sie die Bereinigung frei.
   *[large] { $records ->
        [one] Die Zeit eines Datensatzes ist nach den Regeln der Datenschutzerklärung gekommen.
       *[other] Die Zeit von { $records } Datensätzen ist nach den Regeln der Datenschutzerklärung gekommen.
    } Das ist mehr als üblich; deshalb wird nichts entfernt, bis jemand nachgesehen hat.
}
mail-sweep-waits-open = Bereinigung ansehen
mail-hold-review = { $due ->
    [true] Die Prüfung einer Löschsperre ist fällig
   *[false] Die Prüfung einer Löschsperre steht bevor
}
mail-hold-review-text = { $due ->
    [true] Sie war bis { $review } zu prüfen. Solange niemand sagt, dass sie noch gebraucht wird, oder sie aufhebt, fehlt für jeden weiteren Tag die Begründung.
   *[false] Sie ist bis { $review } zu prüfen. Sagen Sie dann, dass sie noch gebraucht wird, oder heben Sie sie auf.
}
mail-hold-open = Löschsperren öffnen
mail-copy-due = { $late ->
    [true] Eine Kopie außerhalb der Speicher ist überfällig
   *[false] Eine Kopie außerhalb der Speicher endet heute
}
mail-copy-due-text = { $late ->
    [true] Bei { $holder } liegt eine Kopie personenbezogener Daten, die bis { $until } weg sein sollte. Vernichten Sie sie und tragen Sie das ein, oder verschieben Sie ihr Ende. Diese Nachricht kommt jede Woche.
   *[false] Bei { $holder } liegt bis { $until } eine Kopie personenbezogener Daten. Vernichten Sie sie und tragen Sie das ein, oder verschieben Sie ihr Ende.
}
mail-copy-waits = Eine Löschung wartet auf eine Kopie außerhalb der Speicher
mail-copy-waits-text = In keinem Speicher steht die Person mehr, aber bei { $holder } liegt bis { $until } eine Kopie, in der sie stehen kann. Die Löschung schließt erst, wenn die Kopie vernichtet und das eingetragen ist; dann geht sie von selbst weiter.
mail-copy-open = Kopie öffnen
mail-waits = Eine E-Mail braucht einen Menschen
mail-waits-text = Eine E-Mail ist eingegangen, die keine Maschine beurteilen kann. Ist sie eine Anfrage, läuft ihre Frist ab dem Tag des Eingangs. Dieser Hinweis kommt einmal am Tag.
mail-waits-open = E-Mail öffnen

# Die Datenschutzerklärung hat sich geändert. $after und $before sind ganze Sätze.
mail-statement = { $vendor } hat die Datenschutzerklärung geändert
mail-statement-text = Seit dem { $since } gilt eine andere Fassung. Sie stehen auf einer Lizenz oder einem Test bei uns, daher sagen wir Ihnen, was sich geändert hat.
mail-statement-changes = Was sich geändert hat
mail-statement-changed = { $title }: { $after } (Vorher: { $before })
mail-statement-added = Neu: { $title }. { $after }
mail-statement-gone = Nicht mehr: { $title }. { $before }
mail-statement-whole = Die ganze Erklärung
mail-statement-why = Das ist keine Werbung: Alle, deren Daten wir haben, erhalten es einmal, auch wer sich abgemeldet hat. Über dieselbe Seite können Sie Ihre Daten berichtigen oder löschen lassen.

# An einen Empfänger von Daten (Art. 19).
mail-notice = { $act ->
    [removal] Daten, die Sie erhalten haben, wurden gelöscht
    [retention] Daten, die Sie erhalten haben, wurden zum Ende ihrer Frist gelöscht
   *[rectification] Daten, die Sie erhalten haben, wurden berichtigt
}
mail-notice-text = { $act ->
    [removal] Eine Person hat uns gebeten, ihre Daten zu löschen, und wir haben es getan. Sie haben einen Teil davon von uns erhalten. Bitte löschen auch Sie die Datensätze unten, mit allen Kopien.
    [retention] Wir haben Daten gelöscht, deren Aufbewahrungsfrist abgelaufen ist. Sie haben einen Teil davon von uns erhalten. Bitte löschen auch Sie die Datensätze unten, mit allen Kopien, sofern Sie keinen eigenen Grund haben, sie aufzubewahren.
   *[rectification] Eine Person hat uns gebeten, ihre Daten zu berichtigen, und wir haben es getan. Sie haben einen Teil davon von uns erhalten. Bitte übernehmen Sie die richtigen Werte der Datensätze unten auf dem Weg, auf dem Sie unsere Daten erhalten.
}
mail-notice-records = Die Datensätze
mail-notice-law = Wir müssen Ihnen das mitteilen (Artikel 19 DSGVO). Wenn Sie es nicht tun können, antworten Sie auf diese E-Mail. Sie nennt absichtlich niemanden.
notice-record = { $category }: { $label }
notice-record-fields = { $category }: { $label } ({ $fields })
notice-more = { $n ->
    [one] und { $n } weiterer Datensatz; die Liste erhalten Sie bei uns
   *[other] und { $n } weitere Datensätze; die Liste erhalten Sie bei uns
}

mail-task = Etwas ist von Hand zu tun: { $store }
mail-task-text = In { $store } kann das kein Programm. Bitte erledigen Sie es bis { $due } und bestätigen Sie es auf seiner Seite. Bis dahin bleibt die Anfrage offen.
