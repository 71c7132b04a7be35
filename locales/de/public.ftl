# Die Seiten, auf denen jemand anfragt, bestätigt und abbestellt, und die Datenschutzerklärung.

# Die erste Seite.
home-short-title = Ihre Daten
home-title = Ihre Daten bei { $vendor }
home-lead = Sehen Sie ein, was wir über Sie gespeichert haben, berichtigen Sie es oder lassen Sie es löschen. Das kostet nichts, und Sie brauchen kein Konto.
home-review = Eine Kopie von allem, was wir über Sie gespeichert haben, zum Lesen und zum Herunterladen.
home-rectification = Sagen Sie uns, was falsch und was richtig ist. Wir ändern es überall.
home-removal = Wir löschen, was wir haben, und prüfen, dass es weg ist. Wo uns das Gesetz zum Aufbewahren zwingt, nennen wir das Gesetz und den Tag der Löschung.
home-unsubscribe = Keine Werbung mehr von uns. Das wirkt sofort und braucht keinen Grund.
home-next = Wie es weitergeht
home-next-ask = Sie fragen an
home-next-ask-text = Ihre E-Mail-Adresse genügt für den Anfang.
home-next-confirm = Sie bestätigen
home-next-confirm-text = Wir schicken Ihnen einen Link, damit niemand in Ihrem Namen anfragen kann.
home-next-answer = Wir antworten
home-next-answer-text = Spätestens in einem Monat. Sie können jeden Schritt verfolgen.
home-asked = Schon angefragt?
# $link sind die Worte von home-follow-link.
home-follow = { $link }, mit einem Link, den wir Ihnen schicken.
home-follow-link = Verfolgen Sie Ihre Anfrage
# $link ist die Adresse des Anbieters.
home-write = Sie können auch an { $link } schreiben oder einen Brief schicken. Das zählt genauso.

# Jedes Formular.
ask-back = Zurück zur Auswahl
ask-email = Ihre E-Mail-Adresse
ask-email-hint = Die Adresse, die Sie bei uns verwendet haben: für eine Lizenz, einen Test oder eine Supportanfrage. Dorthin schicken wir einen Link.
ask-details = Sollten wir noch etwas wissen?
ask-details-hint = Sie können das Feld leer lassen und brauchen keinen Grund zu nennen. Lassen Sie Passwörter und Ausweiskopien weg.
ask-send = Anfrage senden

review-lead = Wir sammeln aus allen unseren Systemen, was dort über Sie gespeichert ist. Sie bekommen es zum Lesen und als Dateien für Maschinen.
review-details-hint = Sie können das Feld leer lassen. Zum Beispiel welches Produkt Sie verwendet haben oder welche Supportanfrage Sie meinen. Lassen Sie Passwörter und Ausweiskopien weg.
review-next = Als Nächstes schicken wir Ihnen einen Link zum Bestätigen. Wenn die Kopie fertig ist, laden Sie sie mit einem Code herunter, den wir Ihnen schicken.

rectification-lead = Füllen Sie nur aus, was heute falsch ist.
rectification-email-hint = Die Adresse, unter der wir Sie kennen. Dorthin schicken wir einen Link.
rectification-right = Was richtig ist
rectification-right-hint = Lassen Sie eine Zeile leer, wenn unser Eintrag stimmt.
rectification-other-hint = Was falsch ist, wo Sie es gesehen haben und wie es heißen soll.
rectification-next = Als Nächstes schicken wir Ihnen einen Link zum Bestätigen. Wir geben die Berichtigung an alle weiter, die die falschen Daten von uns bekommen haben.

removal-lead = Wir suchen in allen unseren Systemen nach Ihnen, löschen, was wir finden, und sagen Ihnen, was gelöscht wurde.
removal-scope = Was sollen wir löschen?
removal-all = Alles, was Sie über mich gespeichert haben
removal-some = Nur einen Teil davon
removal-some-hint = Schreiben Sie unten, was gelöscht werden soll, zum Beispiel „meine Supportanfragen aus dem Jahr 2024“.
removal-next = Als Nächstes schicken wir Ihnen einen Link und einen Code. Bevor Sie beides verwendet haben, wird nichts gelöscht.
removal-stays = Manches muss noch eine Weile bleiben
removal-stays-link = Was wir wie lange speichern
removal-stays-invoices = { $years ->
    [one] Rechnungen: { $years } Jahr nach dem Ende ihres Jahres ({ $law })
   *[other] Rechnungen: { $years } Jahre nach dem Ende ihres Jahres ({ $law })
}

unsubscribe-lead = Keine Werbung mehr von uns an diese Adresse. Das wirkt sofort und braucht keinen Grund.
unsubscribe-email-hint = Die Adresse, an die unsere Werbung geht.
unsubscribe-send = Alle Werbung beenden
unsubscribe-needed = E-Mails, die Sie brauchen, bekommen Sie weiterhin, zum Beispiel zu Ihrer Supportanfrage oder zu einer Lizenz, die abläuft.

# In Worten, worum es in einer Anfrage geht.
asks = { $kind ->
    [review] Eine Kopie von allem, was wir über Sie gespeichert haben
    [rectification] Berichtigung Ihrer Daten
    [removal] Löschung von allem, was wir über Sie gespeichert haben
   *[unsubscribe] Keine Werbung mehr von uns
}
asks-some = Löschung eines Teils dessen, was wir über Sie gespeichert haben

# Was an einem Feld nicht stimmt.
error-prefix = Fehler:
error-summary = { $count ->
    [one] Eine Angabe stimmt noch nicht
   *[other] { $count } Angaben stimmen noch nicht
}
error-email-missing = Geben Sie Ihre E-Mail-Adresse ein
error-email-ending = Ihrer E-Mail-Adresse fehlt die Endung, wie in name@firma.de
error-email-wrong = Ihre E-Mail-Adresse muss aussehen wie name@firma.de
error-phone = Schreiben Sie die Telefonnummer mit Landesvorwahl, wie +49 30 5550143
error-nothing = Füllen Sie mindestens eine Zeile aus: was richtig ist
error-some-missing = Schreiben Sie, was gelöscht werden soll
error-message-missing = Schreiben Sie zuerst etwas
error-too-long = Kürzen Sie diesen Text auf { $most } Zeichen
error-code-missing = Geben Sie den Code aus der E-Mail ein
error-code-wrong = { $left ->
    [one] Das ist nicht der Code aus der E-Mail. Sie haben noch einen Versuch
   *[other] Das ist nicht der Code aus der E-Mail. Sie haben noch { $left } Versuche
}
error-code-late = Dieser Code ist zu alt. Lassen Sie sich einen neuen schicken

# Sehen Sie in Ihr Postfach.
sent-title = Sehen Sie in Ihr Postfach
sent-lead = Wir haben an { $email } geschrieben.
sent-lead-bare = Wir haben Ihnen geschrieben.
sent-do = { $kind ->
    [removal] Die E-Mail enthält einen Link und einen Code. Öffnen Sie den Link und geben Sie den Code ein. Erst dann zählt Ihre Anfrage, damit niemand sonst Ihre Daten löschen lassen kann.
   *[other] Die E-Mail enthält einen Link. Öffnen Sie ihn und drücken Sie dort auf den Knopf. Erst dann zählt Ihre Anfrage, damit niemand sonst in Ihrem Namen anfragen kann.
}
sent-sender = Absender
sent-subject = Betreff
sent-until = Gültig bis
sent-none = Nach einigen Minuten noch keine E-Mail?
sent-spam = Sehen Sie im Spam-Ordner nach.
# $link sind die Worte von sent-wrong-link.
sent-wrong = Stimmt die Adresse? Wenn nicht, { $link }.
sent-wrong-link = fragen Sie mit einer anderen an
# $link ist die Adresse des Anbieters.
sent-lost = Sie haben dieses Postfach nicht mehr? Schreiben Sie an { $link }, und wir finden einen anderen Weg.
sent-same = Diese Seite sieht für jede Adresse gleich aus, ob wir sie kennen oder nicht. Das schützt auch Sie.

# Bestätigen.
confirm-title = { $kind ->
    [review] Bestätigen Sie die Anfrage nach einer Kopie
    [rectification] Bestätigen Sie die Berichtigung
    [removal] Bestätigen Sie die Löschung
   *[unsubscribe] Bestätigen Sie die Abbestellung
}
confirm-lead = { $kind ->
    [removal] Ein Code, ein Knopf. Danach beginnen wir mit der Arbeit.
   *[other] Ein Knopf. Danach beginnen wir mit der Arbeit.
}
confirm-asks = Ihre Anfrage
confirm-asked = Angefragt
confirm-code = Code aus der E-Mail
confirm-code-hint = Sechs Ziffern. Sie stehen über dem Link.
confirm-button = Anfrage bestätigen
confirm-deny = Das war ich nicht
confirm-withdraw = { $kind ->
    [removal] Sie können Ihre Anfrage zurückziehen, bis das Löschen beginnt. Was gelöscht ist, kommt nicht zurück.
   *[other] Sie können Ihre Anfrage zurückziehen, bis sie erledigt ist.
}
confirm-expired = Dieser Link gilt nicht mehr
confirm-expired-text = Er ist älter als sieben Tage, oder eine neuere E-Mail hat ihn ersetzt. Es ist nichts geschehen.
confirm-spent = Dieser Link ist gesperrt
confirm-spent-text = Der Code wurde zu oft falsch eingegeben. Es ist nichts geschehen. Fragen Sie noch einmal an, dann schicken wir Ihnen einen neuen Link und einen neuen Code.
confirm-already = Sie haben diese Anfrage schon bestätigt
confirm-already-text = Mehr ist nicht zu tun. Wir haben Ihnen das Aktenzeichen und einen Link zu Ihrer Anfrage geschickt.
confirm-denied = Wir haben diese Anfrage vergessen
confirm-denied-text = Es ist nichts geschehen, und wir speichern nichts davon. Wer Ihre Adresse eingegeben hat, hat nichts über Sie erfahren.
confirm-ended-again = Noch einmal anfragen
# $link ist die Adresse des Anbieters.
confirm-ended-write = Fragen? Schreiben Sie an { $link }; ein Mensch liest es.

# Eingegangen.
received-title = Ihre Anfrage ist eingegangen
received-reference = Ihr Aktenzeichen
received-due = Sie hören von uns bis
received-now = Was jetzt geschieht
# $link sind die Worte von received-mailed-link.
received-mailed = Wir haben Ihnen das Aktenzeichen und einen Link zur { $link } geschickt. Dort können Sie uns schreiben, die Arbeit verfolgen und die Anfrage zurückziehen.
received-mailed-link = Seite Ihrer Anfrage

# Abbestellen mit dem Link aus einer E-Mail.
unsub-title = { $list } abbestellen
unsub-lead = Für { $address }. Das wirkt sofort und braucht keinen Grund.
unsub-one = Abbestellen
unsub-all = Alle Werbung beenden
unsub-done = Sie haben abbestellt
unsub-done-list = Wir schicken Ihnen „{ $list }“ nicht mehr. Eine E-Mail, die schon unterwegs ist, kann noch ankommen.
unsub-done-all = Wir schicken Ihnen keine Werbung mehr. Eine E-Mail, die schon unterwegs ist, kann noch ankommen.
unsub-typed = Wir schicken keine Werbung mehr an { $email }. Eine E-Mail, die schon unterwegs ist, kann noch ankommen.
unsub-typed-notice = Wir schicken eine einzige E-Mail an diese Adresse, um das mitzuteilen. Falls Sie das nicht selbst waren, können Sie es mit einem Link darin rückgängig machen.
unsub-undo = Das war ein Versehen, weiter schicken
unsub-undone = Sie bekommen unsere E-Mails wieder
unsub-undone-text = Alles ist wie vorher.
unsub-guard = Ihre Adresse bleibt auf einer Liste von Menschen, denen wir nicht schreiben dürfen, in einer Form, die niemand zurücklesen kann. Mit dieser Liste halten wir Wort.
unsub-rights = Mit demselben Link können Sie auch
unsub-review = Eine Kopie von allem, was wir über Sie gespeichert haben.
unsub-rectification = Sagen Sie uns, was falsch und was richtig ist.
unsub-removal = Wir löschen, was wir haben, und prüfen, dass es weg ist.
unsub-rights-mail = Für diese drei schicken wir zuerst eine E-Mail an dieselbe Adresse, um sicher zu sein, dass Sie es sind.

# Die Datenschutzerklärung.
privacy-contents = Auf dieser Seite
privacy-ground = Rechtsgrundlage
privacy-why-licence = Um unsere Apps zu lizenzieren, abzurechnen und zu unterstützen
privacy-why-trial = Damit Sie unsere Apps testen können
privacy-why-ticket = Um Ihre Fragen zu beantworten
privacy-why-installation = Um eine App dort zu betreiben, wo Sie sie installiert haben
privacy-why-other = Um für Sie als Kundin oder Kunden zu arbeiten
privacy-requests-why = Um Ihnen zu antworten und nachweisen zu können, dass wir es getan haben
privacy-requests-gone = { $days ->
    [one] { $days } Tag, nachdem wir fertig sind
   *[other] { $days } Tage, nachdem wir fertig sind
}; was niemand bestätigt, { $unconfirmed ->
    [one] { $unconfirmed } Tag nach dem Eingang
   *[other] { $unconfirmed } Tage nach dem Eingang
}
privacy-copies = Kopien, die wir für Sie anfertigen
privacy-copies-why = Damit Sie sie herunterladen können
privacy-copies-gone = { $days ->
    [one] { $days } Tag, nachdem die Kopie fertig ist
   *[other] { $days } Tage, nachdem die Kopie fertig ist
}
privacy-guards = Die Liste der Menschen, denen wir nicht schreiben und die wir nicht wieder aufnehmen dürfen
privacy-guards-why = Um Wort zu halten: Ihre Adresse steht dort in einer Form, die niemand zurücklesen kann
privacy-guards-gone = Sie bleibt
