# Die Wörter der Sache: Speicher, Datensätze, Gründe.

store-licence = Lizenzen und Rechnungen
store-trial = Testlizenzen
store-ticket = Support-Tickets
store-installation = App-Installationen

item-licence-contact = Kontakt einer Lizenz
item-sale-contact = Kontakt auf einer Rechnung
item-trial-contact = Kontakt einer Testlizenz
item-ticket = Support-Ticket
item-participant = Beteiligt an einem Ticket
item-ticket-message = Nachricht in einem Ticket
item-ticket-file = Datei in einem Ticket
item-mention = Genannt in einem fremden Ticket
item-installation = Hat eine App installiert
item-account = Konto
item-history = Änderungsprotokoll
item-record = Datensatz
item-manual = Sieht ein Mensch nach

held-name = Name
held-email = E-Mail
held-phone = Telefon
held-company = Firma
held-address = Postanschrift
held-subject = Betreff
held-message = Nachricht
held-file = Datei
held-account = Konto-Kennung
held-secret = gemeinsames Geheimnis

ground-active-contract = Die Lizenz wird noch gewartet und braucht einen Kontakt
ground-tax-law = Steuerrecht: { $law }
ground-legal-obligation = Ein anderes Gesetz verpflichtet uns zur Aufbewahrung
ground-legal-claims = Die Daten werden für einen Rechtsanspruch gebraucht
ground-third-party = Es sind die Daten einer anderen Person
ground-not-asked = Die Löschung wurde hierfür nicht verlangt

refusal-identity = Wir konnten nicht feststellen, wer anfragt
refusal-unfounded = Die Anfrage ist offenkundig unbegründet
refusal-excessive = Die Anfrage ist exzessiv
refusal-obligation = Ein Gesetz verpflichtet uns zur Aufbewahrung
refusal-claims = Die Daten werden für einen Rechtsanspruch gebraucht
refusal-expression = Freiheit der Meinungsäußerung und Information
refusal-third-party = Die Rechte einer anderen Person würden verletzt
refusal-not-controller = Wir verarbeiten die Daten im Auftrag; darüber entscheidet jemand anderes
refusal-accurate = Die Daten sind richtig, wie sie sind
refusal-already-done = Das ist bereits geschehen

removed-in-store = { $store }: { $count ->
    [one] { $count } Datensatz
   *[other] { $count } Datensätze
}
kept-until = { $what }, bis { $until }. { $ground }
kept-without-end = { $what }. { $ground }
kept-held = { $what }, mindestens bis { $until }. { $ground } ({ $article }). Dann prüfen wir, ob das noch so ist. Sobald es nicht mehr so ist, löschen wir es, ohne dass Sie noch einmal darum bitten müssen, und schreiben Ihnen.
field-in-store = { $field }: { $store }

bundle-title = Ihre Daten bei { $vendor }
bundle-lead = Alles, was wir über { $address } gespeichert haben, zusammengestellt am { $date } für die Anfrage { $reference }.
bundle-about = Über diese Kopie
bundle-purposes = Wozu wir die Daten nutzen
bundle-purposes-text = Um unsere Apps zu lizenzieren, abzurechnen, zum Testen anzubieten und Supportanfragen zu beantworten.
bundle-sources = Woher sie stammen
bundle-sources-text = Von Ihnen und aus den Berichten des Marktplatzes, auf dem unsere Apps verkauft werden. Jeder Datensatz nennt seine Quelle.
bundle-recipients = Wer sie außerdem erhält
bundle-recipients-text = Wen unsere Datenschutzerklärung nennt: { $link }.
bundle-periods = Wie lange wir sie aufbewahren
bundle-periods-text = Unsere Datenschutzerklärung nennt für jede Art von Daten eine Frist. Rechnungen bleiben { $years } Jahre, wie { $law } es verlangt.
bundle-rights = Ihre Rechte
bundle-rights-text = Sie können die Daten berichtigen, löschen oder einschränken lassen und der Nutzung widersprechen: { $link }. Sie können sich bei { $authority } beschweren.
bundle-automated = Automatisierte Entscheidungen
bundle-automated-text = Es gibt keine.
bundle-records = { $store }: { $count ->
    [one] { $count } Datensatz
   *[other] { $count } Datensätze
}
bundle-nothing = Nichts.
bundle-requests = Ihre Anfragen an uns
bundle-messages = Nachrichten zu dieser Anfrage
bundle-files = Dieselben Daten für Programme: data.json und eine CSV-Datei für jeden Ort. Angehängte Dateien liegen im Ordner files.
bundle-source = Quelle

task-step = { $kind ->
    [access] Suchen Sie alles, was dort über die Person liegt, und schreiben Sie auf, was Sie finden, oder hängen Sie es an eine Nachricht.
    [rectification] Suchen Sie die Person und tragen Sie die Werte unten ein.
    [erasure] Suchen Sie die Person, nach Adresse und nach Namen, und löschen Sie, was Sie finden.
   *[objection] Suchen Sie die Person und nehmen Sie sie von allen Listen.
}
task-source = Am { $date } von einem Menschen nachgesehen
task-held = Was dort liegt
task-words-needed = Schreiben Sie in einem Satz, was Sie getan haben, mit höchstens 4.000 Zeichen.

reach-level = { $level ->
    [full] Dort bleibt nichts von der Person
    [content] Was die Person schrieb, geht; was das System selbst vermerkt, bleibt
    [record] Nur der eigene Datensatz der Person wird von selbst geleert
   *[manual] Ein Mensch erledigt es von Hand
}
reach-leftover = { $leftover ->
    [history] frühere Werte in seinem Änderungsprotokoll
    [messages] was die Person schrieb
    [files] Dateien und ihre Namen
    [mentions] Stellen, an denen andere die Person nennen
   *[account] das Konto
}
reach-leaves = Von selbst gibt es nicht her: { $leaves }.
reach-copies = Kopien, die niemand einzeln löscht: { $copies }
