## Post in beide Richtungen

admin-nav-mail = Post
admin-mail-lead = { $waiting ->
    [0] Alles, was einging, ist gelesen.
    [one] Eine eingegangene E-Mail wird gerade gelesen.
   *[other] { $waiting } eingegangene E-Mails werden gerade gelesen.
} { $queued ->
    [0] Kein Schreiben wartet auf den Versand.
    [one] Ein Schreiben wartet auf den Versand.
   *[other] { $queued } Schreiben warten auf den Versand.
}
admin-mail-views = Ansichten der Post
admin-mail-view = { $view ->
    [for-you] Für einen Menschen
    [in] Eingegangen
    [out] Geht hinaus
   *[sent] Gesendet
}
admin-mail-none-for-you = Keine E-Mail wartet auf einen Menschen. Was ein Recht geltend macht, wurde von selbst zur Anfrage.
admin-mail-none-in = Es ist keine E-Mail eingegangen.
admin-mail-none-out = Nichts wartet auf den Versand, und nichts ist gescheitert.
admin-mail-none-sent = In den letzten Wochen wurde nichts gesendet.
admin-mail-from = Von
admin-mail-to = An
admin-mail-subject = Betreff
admin-mail-no-subject = Ohne Betreff
admin-mail-nobody = Kein einzelner Absender
admin-mail-unknown = Unbekannt
admin-mail-not-read = Konnte nicht gelesen werden
admin-mail-taken-for = Gehalten für
admin-mail-unread = Wird gelesen
admin-mail-verdict = { $verdict ->
    [asks] Eine Anfrage; der Absender soll sie bestätigen
    [objects] Ein Widerspruch; erledigt
    [unsubscribes] Ein Abmeldelink; erledigt
    [answers] Eine Antwort an uns
    [automatic] Von einer Maschine geschrieben
    [bounce] Ein Schreiben kam zurück
    [repeated] Dieselbe E-Mail noch einmal
    [settled-request] Vom Team zur Anfrage gemacht
    [settled-message] Vom Team zu einer Anfrage gelegt
    [settled-nothing] Hier ist nichts zu tun
   *[unclear] Braucht einen Menschen
}
admin-mail-why = { $why ->
    [unreadable] Sie ist zu groß oder so gebaut, dass sie nicht sicher zu öffnen ist.
    [no-sender] Sie sagt nicht, wer sie geschrieben hat.
    [several-senders] Sie nennt mehrere Absender; niemand kann um Bestätigung gebeten werden.
    [locked] Sie ist verschlüsselt oder so verpackt, dass sie hier nicht geöffnet wird.
    [no-words] Sie hat keine eigenen Worte.
    [no-kind] Sie macht keines der Rechte deutlich geltend.
    [stranger] Sie antwortet auf die Anfrage von jemand anderem.
    [closed] Sie antwortet auf eine Anfrage, die geschlossen ist.
    [not-answered] Sie liest sich wie eine Anfrage, kam aber über eine Liste oder eine Maschine, der nie geantwortet wird.
    [too-many] Dieser Adresse wurde heute oft genug geantwortet.
    [busy] In dieser Stunde wurden so viele E-Mails beantwortet, dass keine weitere beantwortet wird. Ihre Absender können erfunden sein.
    [forged] Die Domain des Absenders sagt, dass die E-Mail nicht von ihr ist. Niemandem wurde geantwortet.
   *[not-handed-out] Der Mailserver gibt sie nicht heraus. Sie liegt ungelesen in ihrem Postfach.
}
admin-mail-proof = { $proof ->
    [pass] Ihr Mailserver hält die Domain des Absenders für echt. Das beweist keine Person.
    [fail] Ihr Mailserver hat festgestellt, dass die Domain des Absenders nicht echt ist.
   *[unknown] Über die Domain des Absenders wurde nichts festgestellt.
}
admin-mail-sender = Domain des Absenders
admin-mail-due = Antwort fällig bis
admin-mail-became = Anfrage
admin-mail-came = Kam über
admin-mail-piped = den Mailserver
admin-mail-asks = Verlangt wohl
admin-mail-size = Größe
admin-mail-size-text = { $size } KiB, { $attachments ->
    [0] kein Anhang
    [one] ein Anhang
   *[other] { $attachments } Anhänge
}
admin-mail-size-alone = { $size } KiB
admin-mail-kept = Aufbewahrt
admin-mail-kept-part = Nur die ersten 64 MiB sind hier aufbewahrt. Kam sie aus einem Postfach, liegt sie dort noch ganz.
admin-mail-number = Nummer im Postfach
admin-mail-server-says = Der Mailserver sagt
admin-mail-settled = Erledigt
admin-mail-original = Original herunterladen
admin-mail-original-text = Die E-Mail, wie sie kam, mit ihren Anhängen. Sie wurden nicht auf schädliche Inhalte geprüft.
admin-mail-settle = Was soll aus ihr werden?
admin-mail-as-request = Sie ist eine Anfrage
admin-mail-as-request-hint = Sie kommt mit dem Tag ihres Eingangs in die Liste, und die Adresse wird um Bestätigung gebeten.
admin-mail-as-message = Sie gehört zu einer offenen Anfrage
admin-mail-as-message-hint = Hat die Person sie geschrieben, kommt sie zu den Nachrichten, sonst zu den Notizen.
admin-mail-as-nothing = Hier ist nichts zu tun
admin-mail-as-nothing-hint = Zum Beispiel eine Frage an den Support. Sie wird nach 30 Tagen gelöscht.
admin-mail-kind = Wenn Anfrage: was wird verlangt
admin-mail-email = Wenn Anfrage: um wessen Daten geht es
admin-mail-email-hint = Die Adresse, die um Bestätigung gebeten wird. Prüfen Sie sie: Was eine E-Mail über ihren Absender sagt, kann erfunden sein.
admin-mail-reference = Wenn sie zu einer Anfrage gehört: zu welcher
admin-mail-reference-hint = Das Aktenzeichen, zum Beispiel 7K3M-Q2XA
admin-mail-why-nothing = Wenn nichts zu tun ist: warum
admin-mail-dismissal = { $why ->
    [no-request] Sie macht keines der Rechte geltend
    [support] Eine Frage an den Support
    [advertising] Werbung
    [invented] Ihr Absender ist erfunden
   *[elsewhere] Sie wurde auf anderem Weg erledigt
}
admin-mail-no-why = Wählen Sie, warum nichts zu tun ist
admin-mail-tick = Die E-Mail von { $from }, „{ $subject }“, ankreuzen
admin-mail-dismissals = Bei den angekreuzten E-Mails ist nichts zu tun
admin-mail-dismissals-hint = Jede steht mit diesem Grund im Protokoll und wird 30 Tage nach ihrem Eingang gelöscht.
admin-mail-dismissal-why = Grund
admin-mail-dismissals-button = Angekreuzte E-Mails erledigen
admin-mail-none-ticked = Kreuzen Sie mindestens eine E-Mail an
admin-mail-settle-button = E-Mail erledigen
admin-mail-no-action = Wählen Sie, was aus der E-Mail werden soll
admin-mail-no-kind = Wählen Sie, was verlangt wird
admin-mail-reference-wrong = Keine offene Anfrage hat dieses Aktenzeichen
admin-mail-settled-before = Jemand hat diese E-Mail eben erledigt. Die Seite zeigt, wie.
admin-mail-letter = Schreiben
admin-mail-written = Geschrieben
admin-mail-try = Erneut versuchen
admin-mail-no-words = Die Worte dieses Schreibens sind fort, es kann nicht noch einmal gesendet werden. Schreiben Sie bei der Anfrage eine neue Nachricht.
admin-mail-next = { $trouble } Nächster Versuch { $when }.
admin-mail-out-state = { $state ->
    [queued] Wartet
    [failed] Braucht einen Menschen
   *[sent] Gesendet
}
admin-mail-name = { $letter ->
    [confirmation] Bittet um Bestätigung
    [reminder] Erinnert an die Bestätigung
    [received] Sagt, dass die Anfrage zählt
    [joined] Sagt, dass zwei Anfragen eine sind
    [status_links] Links zum Verfolgen
    [message] Weist auf eine Nachricht hin
    [question] Weist auf eine Rückfrage hin
    [extension] Sagt, dass es länger dauert
    [refusal] Ablehnung
    [bundle_ready] Sagt, dass die Kopie bereitliegt
    [bundle_code] Der Code für die Kopie
    [erased] Sagt, was gelöscht wurde
    [held_erased] Sagt, dass das Gesperrte gelöscht ist
    [still_held] Sagt, dass die Sperre länger gilt
    [hold_review] Ans Team: eine Löschsperre ist zu prüfen
    [copy_due] Ans Team: Eine Kopie außerhalb ist zu vernichten
    [copy_in_the_way] Ans Team: Eine Löschung wartet auf eine Kopie außerhalb
    [rectified] Sagt, was berichtigt wurde
    [withdrawn] Bestätigt die Rücknahme
    [unsubscribed] Bestätigt die Abmeldung
    [assigned] Ans Team: eine Anfrage gehört ihnen
    [untaken] Ans Team: niemand hat eine Anfrage übernommen
    [mail_waits] Ans Team: eine E-Mail braucht einen Menschen
    [sweep_waits] Ans Team: eine Bereinigung wartet
    [run_halted] Ans Team: ein Durchlauf steht
    [task] Ans Team: etwas von Hand zu tun
   *[other] { $letter }
}
admin-mail-boxes = Postfächer
admin-mail-no-boxes = Es wird kein Postfach gelesen. Nennen Sie eines in der Konfiguration, oder lassen Sie den Mailserver E-Mails an „lethe mail ingest“ übergeben.
admin-mail-box = Postfach
admin-mail-box-state = { $state ->
    [read] Wird gelesen
    [fails] Kann nicht gelesen werden
   *[new] Noch nicht gelesen
}
admin-mail-box-stands = Das Postfach { $name } kann seit { $since } nicht gelesen werden
admin-mail-looked = Letzter Blick
admin-mail-newest = Neueste E-Mail
admin-done-mail = Die E-Mail ist erledigt.
admin-done-mails = Die angekreuzten E-Mails sind erledigt.
admin-done-letter = Das Schreiben wird jetzt erneut versucht.
admin-need-mail = { $n ->
    [one] Eine E-Mail zu beurteilen
   *[other] { $n } E-Mails zu beurteilen
}
admin-need-mailbox = Ein Postfach kann nicht gelesen werden
admin-message-mailed = per E-Mail
admin-message-mailed-unproved = per E-Mail, Absender nicht bewiesen
admin-letter-returned = Dieses Schreiben kam zurück: { $letter }
admin-letter-said = Es wurde geschrieben: { $when }. Der Mailserver sagte: { $trouble }.
admin-letter-other-way = Die Person muss auf anderem Weg erreicht werden.
admin-letter-again = Noch einmal senden
admin-letter-links = Noch einmal schreiben, mit einem Link zur Anfrage
admin-letter-resent-before = Jemand hat eben noch einmal geschrieben.
admin-done-resent = Ein Schreiben ist unterwegs.
