# Die Bescheinigung, und die Seite, auf der steht, wie jeder sie prüfen kann.

# Auf der Seite einer Anfrage.
status-certificate-open = Bescheinigung öffnen
status-certificate-how = So kann sie jeder prüfen
status-certificate-soon = Die Bescheinigung wird gerade signiert. Sie ist in einer Minute fertig.
status-certificate-yours = Die Bescheinigung gehört Ihnen.

# Die Bescheinigung. Auch andere lesen sie; deshalb steht darin weder „Sie“ noch ein Name.
certificate-title = { $what ->
    [review] Bescheinigung über eine Auskunft
    [rectification] Bescheinigung über eine Berichtigung
    [removal] Bescheinigung über eine Löschung
    [unsubscribe] Bescheinigung über einen Widerspruch
    [refused] Bescheinigung über eine Ablehnung
   *[withdrawn] Bescheinigung über eine Rücknahme
}
certificate-lead = { $what ->
    [review] Eine Kopie der gefundenen personenbezogenen Daten wurde übergeben.
    [rectification] { $complete ->
        [true] Die gefundenen personenbezogenen Daten wurden berichtigt und noch einmal gelesen.
       *[false] Ein Teil der gefundenen personenbezogenen Daten wurde berichtigt und noch einmal gelesen. Der Rest bleibt; die Gründe wurden genannt.
    }
    [removal] { $complete ->
        [true] Alle gefundenen personenbezogenen Daten wurden gelöscht, und jedes System wurde noch einmal durchsucht.
       *[false] Die gefundenen personenbezogenen Daten wurden gelöscht, bis auf das, was aufbewahrt werden muss. Jedes System wurde noch einmal durchsucht.
    }
    [unsubscribe] Der Widerspruch gegen Werbung gilt.
    [refused] Die Anfrage wurde abgelehnt. Der Grund und die Rechtsbehelfe wurden genannt.
    [withdrawn] Die Anfrage wurde zurückgezogen, und es ist nichts geschehen.
   *[nothing] Alle Systeme wurden durchsucht, und nichts wurde gefunden.
}
certificate-soon = Sie wird gerade signiert
certificate-soon-text = Die Bescheinigung ist in einer Minute fertig. Öffnen Sie die Seite dann noch einmal.
certificate-download = Bescheinigung herunterladen
certificate-download-proof = Nur der Beweis, für andere Programme
certificate-controller = Ausgestellt von
certificate-reference = Aktenzeichen
certificate-identity = Identität
certificate-proved = { $proof ->
    [mailbox] Nachgewiesen durch den Link in einer E-Mail an die Adresse
    [mailbox_and_code] Nachgewiesen durch Link und Code in einer E-Mail an die Adresse
    [staff] Vom Team geprüft
    [authority] Jemand handelte für die Person; dem Team lag die Vollmacht vor
   *[none] Nicht nachgewiesen
}
certificate-where = { $what ->
    [nothing] Wo gesucht wurde
    [review] Was übergeben wurde und woher es stammt
    [rectification] Was berichtigt wurde und wo
   *[removal] Was gelöscht wurde und wo
}
certificate-col-handed = Übergeben
certificate-col-kept = Behalten
certificate-col-collected = Gesammelt
certificate-col-searched = Erneut durchsucht
certificate-col-read-back = Nachgelesen
certificate-not-checked = nicht geprüft
certificate-kept = Was behalten wird und warum
certificate-col-ground = Grund
certificate-col-article = Vorschrift
certificate-col-count = Datensätze
certificate-col-until = Bis
certificate-backups = Sicherungskopien
certificate-backups-text = Die letzte Sicherung, in der noch eine Kopie liegt, wird spätestens am { $date } gelöscht. Von da an ist die Löschung oder Berichtigung endgültig.
certificate-shows = Was dies zeigt
certificate-shows-words = Was in der Datei der Bescheinigung steht, war Zeichen für Zeichen im Protokoll von { $controller } festgehalten, als es signiert wurde. Ändert sich ein Zeichen, schlägt die Prüfung fehl.
certificate-shows-bound = { $controller } kann den Eintrag nicht nachträglich ändern oder entfernen, ohne der eigenen Signatur zu widersprechen.
certificate-shows-anyone = Jeder kann das prüfen, ohne { $controller } und ohne Internet.
certificate-shows-not = Was es nicht zeigt
certificate-shows-not-true = { $what ->
    [removal] Dass die Daten wirklich weg sind. Es zeigt, was { $controller } erklärt, und diese Erklärung bindet.
   *[other] Dass die Erklärung stimmt. Es zeigt, was { $controller } erklärt, und diese Erklärung bindet.
}
certificate-shows-not-elsewhere = Was andere gespeichert haben, oder Systeme, die nicht durchsucht wurden.
certificate-shows-not-who = Um wen es geht. Es nennt niemanden.
certificate-seal = Die Signatur
certificate-log = Protokoll
certificate-entry = Eintrag
certificate-entry-of = { $entry } von { $size }, gezählt ab 0
certificate-signed = Signiert
certificate-root = Wurzel des Protokolls
certificate-witnesses = Zeugen
certificate-witnessed = auch signiert von { $name } am { $on }
certificate-alone = Nur von { $controller } signiert. Ein zweites Protokoll mit anderem Inhalt wäre möglich.
certificate-key = Schlüssel des Protokolls
certificate-key-witness = Schlüssel von { $name }
certificate-command = Zum Prüfen
certificate-help = Erklärt unter
certificate-salt = Die Datei, die sagt, um wen es geht
certificate-salt-text = Diese kleine Datei verbindet die Bescheinigung mit Ihrer Adresse. Ohne sie nennt die Bescheinigung niemanden. Bewahren Sie sie getrennt auf, und zeigen Sie sie nur, wem Sie zeigen müssen, dass es um Sie geht.
certificate-salt-download = certificate-salt.txt herunterladen
certificate-back = Zurück zur Anfrage

# Wie jeder eine Bescheinigung prüfen kann.
proof-title = So kann jeder eine Bescheinigung prüfen
proof-lead = Unsere Bescheinigungen kann jeder prüfen, auf jedem Computer, auch wenn es uns nicht mehr gibt. Von Kryptografie müssen Sie dafür nichts verstehen.
proof-steps = Schritt für Schritt
proof-step-file = Nehmen Sie die Bescheinigung: die Datei certificate.json, von der Seite der Anfrage oder von dem, der sie Ihnen gegeben hat.
proof-step-program = Besorgen Sie sich das Programm lethe, am besten nicht von uns. Es kostet nichts und arbeitet ohne Internet.
proof-step-key = Vergleichen Sie den Schlüssel unseres Protokolls unten mit einem, den Sie auf anderem Weg bekommen haben: aus einer älteren gedruckten Bescheinigung oder von einem Zeugen. Ein Schlüssel, den nur wir Ihnen heute nennen, könnte ein neuer sein.
proof-step-run = Legen Sie die Bescheinigung und das Programm in einen Ordner, öffnen Sie dort eine Befehlszeile und starten Sie (unter macOS und Linux mit ./ davor):
proof-step-read = Lesen Sie die Antwort; sie ist auf Englisch. Nach VERIFIED (bestätigt) steht, was wir bescheinigt haben, wer es signiert hat und wann. Nach REFUSED (abgelehnt) steht der Grund: Meist wurde die Datei verändert oder stammt nicht von uns.
proof-you = Geht es darin um mich?
proof-you-text = Die Bescheinigung nennt niemanden. Wer auch die kleine Datei certificate-salt.txt hat, kann prüfen, ob sie zu einer Adresse gehört. Bewahren Sie diese Datei deshalb getrennt auf, und geben Sie sie nur, wem Sie sie geben müssen.
proof-mails = Auch unsere E-Mails helfen
proof-mails-text = Jede unserer E-Mails endet mit ein paar Zeilen aus Buchstaben und Ziffern: dem Stand unseres Protokolls in diesem Moment, signiert. Heben Sie sie auf. Sagt unser Protokoll je etwas anderes als eine Ihrer E-Mails, haben wir es umgeschrieben, und Sie können das zeigen.
proof-experts = Für Fachleute
proof-expert-statement = Die Bescheinigung ohne ihr Feld proof, als kanonisches JSON (RFC 8785), wird mit SHA-256 gehasht. Der Hash in kleinen Hexadezimalziffern steht im Eintrag des Protokolls als detail.certificate.
proof-expert-leaf = Der Eintrag, im Feld proof.leaf, ist ein Blatt eines Merkle-Baums mit SHA-256 (RFC 6962): Sein Hash geht über ein Nullbyte und die Bytes des Eintrags.
proof-expert-path = Der Weg vom Blatt zur signierten Wurzel ist ein c2sp.org/tlog-proof@v1, im Feld proof.tlog, auch als eigene Datei. Der Prüfpunkt darin ist eine „signed note“ nach C2SP, signiert mit Ed25519.
proof-expert-witness = Ein Zeuge signiert einen Prüfpunkt nur, wenn er den fortsetzt, den er zuletzt signiert hat (c2sp.org/tlog-witness, cosignature/v1).
proof-expert-salt = Die erste Zeile von certificate-salt.txt ist lethe-salt-v1, die zweite, aus Base64 dekodiert, der Schlüssel eines HMAC-SHA-256 über certificate-v1, ein Nullbyte und die Adresse in Kleinbuchstaben. Das Ergebnis steht in kleinen Hexadezimalziffern als person in der Bescheinigung.
proof-keys = Der Schlüssel unseres Protokolls
proof-origin = Das Protokoll heißt
proof-since = Seit
proof-until = Bis
proof-col-key = Schlüssel
proof-witnesses = Zeugen
proof-witnesses-text = Zeugen werden von anderen betrieben. Sie signieren den Stand unseres Protokolls nur, wenn er den fortsetzt, den sie zuletzt gesehen haben.
proof-witnesses-none = Kein Zeuge signiert unser Protokoll. Eine Prüfung zeigt, dass wir signiert haben; sie kann nicht zeigen, dass wir nur ein Protokoll führen.
proof-witness-at = Adresse
proof-checkpoint = Der Stand unseres Protokolls
proof-checkpoint-text = Heben Sie ihn auf, wenn Sie mögen. Jeder spätere Stand unseres Protokolls muss ihn fortsetzen.
