# Die Datenschutzerklärung: jede Regel als Satz.

# Fristen, und das Ereignis, ab dem sie zählen. Beide stehen in den Sätzen unten; das Ereignis steht im Dativ.
rule-days = { $n ->
    [one] { $n } Tag
   *[other] { $n } Tage
}
rule-months = { $n ->
    [one] { $n } Monat
   *[other] { $n } Monate
}
rule-years = { $n ->
    [one] { $n } Jahr
   *[other] { $n } Jahre
}

rule-anchor-evaluation-start = dem Beginn der Testphase
rule-anchor-evaluation-end = dem Ende der Testphase
rule-anchor-first-received = dem Tag, an dem uns der Datensatz erreicht hat
rule-anchor-last-maintenance-end = dem Ende des letzten Wartungszeitraums, über alle Ihre Lizenzen gerechnet
rule-anchor-unsubscribed = dem Ende Ihres Abonnements: Die letzte Lizenz ist abgelaufen und die letzte App deinstalliert
rule-anchor-uninstalled = der Deinstallation der App
rule-anchor-ticket-closed = dem Abschluss der Anfrage
rule-anchor-sale-year-end = dem Ende des Jahres, in dem verkauft wurde
rule-anchor-backup-made = dem Anlegen der Sicherungskopie
rule-anchor-asked = Ihrer Anfrage
rule-anchor-told = dem Ereignis, das unsere Beschäftigten festhalten

rule-back-last-maintenance-end = Eine Verlängerung hebt das auf.
rule-back-unsubscribed = Eine neue Lizenz oder Installation hebt das auf.
rule-back-uninstalled = Eine neue Installation hebt das auf.
rule-back-ticket-closed = Wird die Anfrage wieder geöffnet, hebt das die Frist auf.

# Wie lange: die Zusage in einem Satz.
rule-kept = Bleibt { $period } nach { $anchor }.
rule-at-latest = Wird spätestens { $period } nach { $anchor } entfernt.
rule-at-least = Bleibt mindestens { $period } und höchstens { $latest } nach { $anchor }.
rule-immediate = Wird sofort nach { $anchor } entfernt, spätestens am nächsten Tag.
rule-immediate-asked = Wird nach { $anchor } unverzüglich entfernt.
rule-marked = Wird mit { $anchor } zum Entfernen vorgemerkt und { $period } später entfernt.
rule-duty = Bleibt { $period } nach { $anchor }, weil das Gesetz es verlangt.
rule-while-active = Wird am Tag nach { $anchor } entfernt.

# Was am Ende geschieht.
rule-act-erase = Es wird gelöscht.
rule-act-anonymise = Was Sie erkennbar macht, wird herausgenommen.
rule-act-block = Bis dahin ist es gesperrt und dient nichts anderem. Danach wird es gelöscht.

rule-source-licence-report = der Lizenzbericht des Marktplatzes
rule-source-sales-report = der Verkaufsbericht des Marktplatzes
rule-source-feedback-report = der Bericht des Marktplatzes über Deinstallationen
rule-source-help-desk = unser Support-System
rule-source-connect = die App selbst (Atlassian Connect)
rule-source-forge = die App selbst (Atlassian Forge)
rule-source-backups = unser Verzeichnis der Sicherungskopien
rule-source-staff = unsere Beschäftigten
rule-source-request = Ihre Anfrage

rule-category-trial = Ansprechpartner von Testlizenzen
rule-category-licence = Ansprechpartner von Lizenzen
rule-category-billing = Ansprechpartner auf Rechnungen
rule-category-ticket = Support-Anfragen
rule-category-installation = Installationen von Apps
rule-category-backup = Sicherungskopien
rule-category-outside = Daten in unseren anderen Systemen

# Rechtsgrundlagen nach Artikel 6 Absatz 1, vor dem Artikel selbst.
rule-ground-consent = Ihre Einwilligung
rule-ground-contract = Ein Vertrag mit Ihnen oder Ihrem Unternehmen
rule-ground-duty = Eine rechtliche Verpflichtung
rule-ground-vital = Lebenswichtige Interessen
rule-ground-public = Eine öffentliche Aufgabe
rule-ground-interest = Unser berechtigtes Interesse am hier genannten Zweck
# $article ist so geschrieben, wie es Juristen dieser Sprache schreiben.
rule-ground = { $ground } ({ $article })

stm-why-billing = Für Buchhaltung und Steuern. Ist es gesperrt, dient es nichts anderem
stm-why-backup = Um unsere Systeme nach einem Verlust wiederherzustellen
stm-why-outside = Um die App oder den Dienst zu betreiben, zu dem es gehört

stm-title = Datenschutzerklärung von { $vendor }
stm-lead = Was { $vendor } über Sie weiß, warum, wie lange, und wie Sie das ändern.
stm-version = Fassung { $version }.
stm-version-since = Fassung { $version }, in Kraft seit dem { $since }.
stm-made = Dieser Text entsteht aus den Regeln, denen unsere Systeme folgen; beide können nicht voneinander abweichen.
stm-markdown = einfacher Text
stm-json = JSON für Programme
stm-controller = Wer für Ihre Daten verantwortlich ist
stm-controller-mail = Schreiben Sie an { $addresses }.
stm-kept = Was wir speichern und wie lange
stm-kept-lead = Passen mehrere Fristen, gilt die kürzeste, es sei denn, ein Gesetz verlangt eine längere.
stm-period = Wie lange
stm-after = Danach
stm-source = Woher das Datum kommt
stm-place = Wo es liegt
stm-law = Gesetz
stm-promise = Der Satz, den diese Regel hält
stm-choice = Was wir gewählt haben, wo der Satz schweigt, und warum
stm-backups = Sicherungskopien
stm-backups-lead = Was entfernt ist, bleibt in Sicherungskopien, bis sie ablaufen: höchstens { $days ->
    [one] { $days } Tag
   *[other] { $days } Tage
}. Bis dahin dienen sie nur dazu, ein System nach einem Verlust wiederherzustellen, und was vorher entfernt war, wird dann zuerst wieder entfernt.
stm-backups-none = Wir legen keine Sicherungskopien an.
stm-statistics = Statistiken
stm-statistics-lead = Was wir zählen, und ob es zu Ihnen führen kann. Was zu Ihnen führen kann, gehört zu jeder Anfrage, die Sie stellen.
stm-statistic-link = Kann es zu Ihnen führen?
stm-statistic-linkable = Ja: Über { $by } lässt es sich mit einer Person verbinden. Es ist pseudonym und gehört zu jeder Anfrage.
stm-statistic-anonymous = Nein: Nichts darin lässt sich mit einer Person verbinden.
stm-statistic-fields = Besteht aus
stm-english-only = nur auf Englisch
stm-own = Was dieses Portal selbst speichert
stm-recipients = Wer sie noch erhält
stm-recipients-lead = Nur die hier Genannten, und wen ein Gesetz nennt. Wir teilen ihnen mit, wenn Ihre Daten entfernt oder berichtigt wurden, soweit das möglich ist; fragen Sie uns, wem wir es mitgeteilt haben.
stm-recipients-none = Niemand, außer wenn ein Gesetz es verlangt.
stm-recipient-processor = Arbeitet damit für uns und nach unserer Weisung, unter einem Vertrag (Artikel 28 DSGVO).
stm-recipient-controller = Entscheidet selbst, was damit geschieht.
stm-recipient-gets = Erhält
stm-recipient-told-mail = Erfährt von Löschungen und Berichtigungen per E-Mail.
stm-recipient-told-webhook = Erfährt von Löschungen und Berichtigungen durch eine signierte Nachricht.
stm-recipient-told-none = Wird nicht einzeln benachrichtigt: { $reason }
stm-transfer = Übermittlung
stm-transfer-none = Bleibt im Europäischen Wirtschaftsraum.
stm-transfer-adequacy = Verlässt den Europäischen Wirtschaftsraum. Die Kommission hat den Schutz dort für angemessen befunden (Artikel 45 DSGVO).
stm-transfer-binding-rules = Verlässt den Europäischen Wirtschaftsraum, unter verbindlichen internen Datenschutzvorschriften (Artikel 46 Absatz 2 Buchstabe b DSGVO). Eine Kopie erhalten Sie bei uns.
stm-transfer-standard-clauses = Verlässt den Europäischen Wirtschaftsraum, unter Standarddatenschutzklauseln (Artikel 46 Absatz 2 Buchstabe c DSGVO). Eine Kopie erhalten Sie bei uns.
stm-transfer-code-of-conduct = Verlässt den Europäischen Wirtschaftsraum, unter genehmigten Verhaltensregeln (Artikel 46 Absatz 2 Buchstabe e DSGVO). Eine Kopie erhalten Sie bei uns.
stm-transfer-certification = Verlässt den Europäischen Wirtschaftsraum, unter einer genehmigten Zertifizierung (Artikel 46 Absatz 2 Buchstabe f DSGVO). Eine Kopie erhalten Sie bei uns.
stm-rights = Ihre Rechte, und wie Sie sie nutzen
stm-right-access = Artikel 15
stm-right-rectification = Artikel 16
stm-right-erasure = Artikel 17
stm-right-objection = Artikel 21 Absatz 2
stm-more = Sie können Ihre Daten auch mitnehmen (Artikel 20), ihre Verarbeitung einschränken lassen (Artikel 18) und ihr aus Gründen Ihrer besonderen Situation widersprechen, wo wir uns auf ein berechtigtes Interesse stützen (Artikel 21 Absatz 1). Schreiben Sie uns. Eine Einwilligung können Sie jederzeit widerrufen; was vorher geschah, bleibt rechtmäßig.
stm-month = Wir antworten innerhalb eines Monats und kostenlos. Um sicher zu sein, dass Sie es sind, schreiben wir an die Adresse, die bei Ihren Daten steht; niemand braucht ein Konto.
stm-automated = Hier entscheidet kein Computer über Sie, sondern Menschen.
stm-needed = Eine Lizenz, ein Test oder eine Support-Anfrage braucht jemanden, dem wir schreiben können. Ohne Ansprechpartner geht es nicht; zu mehr sind Sie nicht verpflichtet.
stm-channels = Wege zu uns
stm-channel-portal = Dieses Portal
stm-channel-portal-text = Jedes Recht, ohne Konto, unter { $link }.
stm-channel-mail = E-Mail
stm-channel-mail-text = Jedes Recht, an { $addresses }. Wir fragen zurück, bevor etwas geschieht.
stm-channel-link = Der Abmelde-Link in jeder unserer E-Mails
stm-channel-link-text = Er beendet die E-Mails sofort und bietet die anderen Rechte an.
stm-channel-mailto = E-Mail-Programme können sich unter { $address } abmelden.
stm-channel-here = Über dieses Portal.
stm-complain = Beschwerden
stm-complain-text = Sagen Sie es gern zuerst uns. Sie können sich jederzeit beschweren: bei { $authority } oder bei der Behörde an Ihrem Wohnort.
stm-own-trail = Die Aufzeichnung dessen, was getan wurde, ohne Namen
stm-own-trail-why = Um zu zeigen, dass nichts heimlich geschah und dass eine Anfrage beantwortet wurde
stm-own-trail-gone = { $years ->
    [one] { $years } Jahr nach dem Ende des Jahres
   *[other] { $years } Jahre nach dem Ende des Jahres
}; Worte unserer Beschäftigten daneben { $days ->
    [one] { $days } Tag danach
   *[other] { $days } Tage danach
}
stm-store-gone = Wird entfernt, wenn Sie uns darum bitten.
