## Datenspeicher

admin-stores-lead = { $n ->
    [one] Ein Ort, an dem Daten von Menschen liegen. Jede Anfrage sieht dort nach.
   *[other] { $n } Orte, an denen Daten von Menschen liegen. Jede Anfrage sieht in allen nach.
}
admin-stores-none = Kein Datenspeicher ist eingerichtet. Bis dahin finden Anfragen nichts.
admin-health = { $health ->
    [well] In Ordnung
    [slow] Langsam
    [limited] Darf nicht alles
   *[unreachable] Nicht erreichbar
}
admin-import-note = gelesen { $read }, geändert { $changed }, unterdrückt { $suppressed }
admin-calendar = Kalender
admin-fact-country = Land und Zeitzone
admin-fact-holidays = Feiertage bekannt
admin-fact-holidays-until = bis { $date }
admin-mail = E-Mail
admin-fact-mail-out = Ausgang
admin-fact-mail-waiting = { $n ->
    [0] Nichts wartet
    [one] { $n } E-Mail wartet
   *[other] { $n } E-Mails warten
}
admin-fact-mail-failed = Gescheitert

## Protokoll

admin-audit-lead = { $entries } Einträge. Keiner enthält einen Namen, eine Adresse oder ein Wort, das jemand geschrieben hat.
admin-audit-search = Aktenzeichen oder Eintragsnummer
admin-audit-none = Noch kein Eintrag.
admin-audit-none-match = Kein Eintrag passt dazu.
admin-audit-show-all = Alle Einträge zeigen
admin-newest-first = Das Neueste zuerst
admin-newest = Neueste
admin-older = Ältere
# Was ein Eintrag festhält; die Handlungen des Protokolls.
admin-event = { $action ->
    [received] Eingegangen
    [identity_checked] Identität nachgewiesen
    [code_refused] Falscher Code
    [denied] „Das war ich nicht“
    [joined] Mit offener Anfrage verbunden
    [lapsed] Ohne Bestätigung verfallen
    [searched] Datenspeicher durchsucht
    [viewed] Personenbezogene Daten angesehen
    [looked_up] Person nachgeschlagen
    [assigned] Zugewiesen
    [untaken] Einen Arbeitstag lang von niemandem übernommen
    [proposed] Zugestimmt, zweite Person nötig
    [accepted] Angenommen
    [refused] Abgelehnt
    [extended] Verlängert
    [asked] Nachgefragt
    [answered] Nachfrage beantwortet
    [withdrawn] Zurückgezogen
    [message_sent] Nachricht gesendet
    [note_added] Notiz angelegt
    [item_decided] Entscheidung über einen Datensatz geändert
    [candidate_answered] Möglicher Treffer beantwortet
    [field_decided] Über einen Wert entschieden
    [restricted] Verarbeitung eingeschränkt
    [restriction_lifted] Einschränkung aufgehoben
    [erase_intended] Löschung angesetzt
    [erased] Gelöscht
    [rectify_intended] Berichtigung angesetzt
    [rectified] Berichtigt
    [exported] Für die Auskunft gelesen
    [verified_empty] Noch einmal durchsucht, nichts mehr da
    [step_failed] Schritt gescheitert
    [retried] Noch einmal versucht
    [task_opened] Einem Menschen gegeben
    [task_attested] Von Hand erledigt
    [handed_over] Vom Programm übernommen
    [delivered] Auskunft übergeben
    [bundle_deleted] Auskunft gelöscht
    [closed] Abgeschlossen
    [unsubscribed] Abgemeldet
    [resubscribed] Abmeldung zurückgenommen
    [mail_judged] E-Mail eingegangen
    [mail_settled] E-Mail erledigt
    [letter_returned] Schreiben kam zurück
    [letter_retried] Schreiben erneut versucht
    [objection_lifted] Widerspruch vom Team aufgehoben
    [hold_placed] Löschsperre gesetzt
    [hold_reviewed] Löschsperre geprüft
    [hold_lifted] Löschsperre beendet
    [copy_entered] Kopie außerhalb der Speicher eingetragen
    [copy_extended] Ende einer Kopie außerhalb verschoben
    [copy_destroyed] Kopie außerhalb der Speicher vernichtet
    [access_reviewed] Durchgesehen, wer was darf
    [held_released] Von einer Löschsperre freigegeben
    [token_added] Token für ein Programm angelegt
    [token_revoked] Token für ein Programm beendet
    [app_installed] Eine App wurde installiert
    [app_uninstalled] Eine App wurde deinstalliert
    [app_noted] Eine App meldete etwas
    [policy_changed] Datenschutzerklärung geändert
    [policy_announced] Geänderte Erklärung wird mitgeteilt
    [policy_not_announced] Geänderte Erklärung braucht keine Mitteilung
    [recipient_notified] Empfänger von Löschung oder Berichtigung unterrichtet
    [imported] Import
    [erased_at_source] An der Quelle gelöscht
    [signed_in] Angemeldet
    [sign_in_begun] Passwort richtig, zweiter Schritt begonnen
    [sign_in_failed] Anmeldung gescheitert
    [factor_refused] Code des zweiten Faktors falsch
    [signed_out] Abgemeldet vom Team-Bereich
    [staff_added] Konto angelegt
    [staff_deactivated] Konto abgeschaltet
    [password_changed] Passwort geändert
    [factor_added] Zweiter Faktor eingerichtet
    [factor_removed] Zweiter Faktor entfernt
    [recovery_codes_renewed] Wiederherstellungscodes erneuert
    [recovery_code_used] Wiederherstellungscode benutzt
    [status_opened] Statusseite geöffnet
    [shredded] Schlüssel vernichtet
    [certified] Bescheinigung ausgestellt
    [checkpoint_sent] Zeuge hat Prüfpunkt signiert
    [witness_refused] Zeuge hat Prüfpunkt abgelehnt
    [log_started] Neues Protokoll begonnen, Einträge des alten gingen verloren
    [pruned] Alte Einträge auf Hashes gekürzt, Pseudonymschlüssel des Jahres vernichtet
    [found_broken] Eine Prüfung fand das Protokoll beschädigt
    [trail_exported] Einträge des Protokolls exportiert
    [replayed] Erneut gelöscht, was eine Sicherung zurückgebracht hatte
    [restored] Eine Sicherung wurde zurückgespielt
    [journal_joined] Ein Löschjournal wurde aufgenommen
    [journal_given_up] Ein Löschjournal wurde als verloren aufgegeben
    [backup_made] Sicherung angelegt
    [backup_entered] Sicherung eingetragen
    [backup_deleted] Sicherung gelöscht
    [export_intended] Lesen für die Auskunft angesetzt
    [forgotten] Personenbezogene Angaben alter Einträge gelöscht
   *[other] { $action }
}
admin-any-event = Alle Ereignisse
admin-actor = { $actor ->
    [requester] Die Person
    [operator] Der Betrieb
   *[system] Lethe
}
admin-tree-unbroken = Lückenlos seit dem ersten Eintrag
admin-tree-unbroken-text = Alle { $size } Einträge wurden neu gehasht, { $when }. Das Ergebnis ist die Wurzel unten.
admin-tree-unchecked = Noch nicht geprüft
admin-tree-unchecked-text = Eine Prüfung hasht jeden Eintrag neu und vergleicht ihn mit dem Baum.
admin-tree-behind = { $n ->
    [one] { $n } Eintrag wartet auf den Baum
   *[other] { $n } Einträge warten auf den Baum
}
admin-tree-behind-text = Der älteste wartet seit { $since }. Sie sind festgehalten und sicher, lassen sich aber noch nicht beweisen. Sinkt die Zahl nicht, prüfen Sie, ob der Worker läuft.
admin-tree-broken = Das Protokoll ist beschädigt
admin-tree-broken-at = Das Protokoll passt bei Eintrag { $entry } nicht zu seinem Baum
# Was nicht stimmt, als Satz.
admin-broken = { $what ->
    [changed] Der Eintrag wurde nach dem Schreiben verändert oder steht an der Stelle eines anderen.
    [missing] Der Eintrag fehlt.
    [columns] Was diese Liste über den Eintrag zeigt, steht so nicht im Eintrag.
    [node] Ein Hash im Baum wurde verändert.
    [lost] Am Ende fehlen Einträge.
    [signature] Ein gespeicherter Prüfpunkt trägt nicht die Signatur unseres Schlüssels.
    [checkpoint] Der Baum ist nicht der, den wir signiert haben.
   *[other] Ein Eintrag passt nicht in den Baum: Er wurde nach dem Schreiben verändert, verschoben oder entfernt.
}
admin-tree-broken-text = Ändern Sie nichts, lassen Sie die Datenbank, wie sie ist, und rufen Sie die Person an, die diesen Server betreibt.
admin-tree-rolled-back = Das Protokoll ist älter als das, was signiert wurde
admin-tree-rolled-back-text = Ein signierter Prüfpunkt umfasst mehr Einträge, als die Datenbank enthält. Wahrscheinlich wurde eine Sicherung zurückgespielt.
admin-tree-rolled-back-next = Es wird nichts signiert, bis jemand entschieden hat, wie es weitergeht. Rufen Sie die Person an, die diesen Server betreibt: Entweder wird eine neuere Sicherung eingespielt, oder ein neues Protokoll beginnt und sagt das auch.
admin-tree-blind = Der letzte Prüfpunkt ist nicht lesbar
admin-tree-blind-text = Die Datei mit dem letzten Prüfpunkt, neben dem Löschjournal, ist beschädigt oder nicht erreichbar. Einträge sind festgehalten und sicher, aber bis die Datei zurückgelegt ist, kommt nichts in den Baum, und nichts wird signiert. Rufen Sie die Person an, die diesen Server betreibt.
admin-checkpoint = Signiert
admin-checkpoint-of = { $size } Einträge
admin-checkpoint-at = Signiert am
admin-checkpoint-key = Mit dem Schlüssel
admin-witnesses = Zeugen
admin-witnesses-none = In der Konfiguration steht kein Zeuge. Wer die Datenbank und den Signaturschlüssel hat, könnte ein zweites Protokoll führen, und niemand würde es merken.
admin-witness-agrees = Stimmt überein
admin-witness-trouble = { $why ->
    [silent] Antwortet nicht
    [other-log] Hat ein anderes Protokoll gesehen
    [unknown-log] Kennt unser Protokoll nicht
    [refused] Lehnt unsere Signatur ab
   *[wrong-answer] Antwortet mit einer falschen Signatur
}
admin-unfinished-text = Jede wurde angekündigt, bevor sie versucht wurde, und nirgends steht, was daraus geworden ist. Ein Lauf, der noch arbeitet, trägt das Ergebnis selbst nach.
admin-export = Export
admin-export-text = Die Einträge mit ihren Beweisen und dem signierten Prüfpunkt, oder das ganze Protokoll, das sich selbst beweist: Jeder kann die Datei ohne diesen Server prüfen. Der Export wird eingetragen.
admin-export-these = Diese Einträge mit Beweisen exportieren
admin-export-all = Das ganze Protokoll exportieren
admin-tree-size = Größe des Baums
admin-tree-root = Wurzel
admin-tree-check = Selbst prüfen
admin-tree-check-now = Jetzt prüfen
admin-tree-checking = Das Protokoll wird geprüft; das Ergebnis steht dann auf dieser Seite.
admin-entry-integrated = Im Baum
admin-entry-waiting = Wartet auf den Baum
admin-entry-waits = wartet
admin-entry-waiting-text = Der Eintrag ist festgehalten und sicher. Nummer und Beweis bekommt er, wenn der Worker ihn in den Baum einordnet; das dauert eine Sekunde.
admin-entry-proof = Beweis
admin-entry-proof-button = Beweis herunterladen
admin-entry-proof-hint = Eine Datei (.tlog-proof), die ohne diesen Server zeigt, dass dieser Eintrag im signierten Protokoll steht.
admin-entry-hash = Hash des Blatts
admin-entry-leaf = Das Blatt
admin-entry-leaf-hint = Zum Lesen eingerückt; der Hash gilt für dasselbe ohne Leerzeichen (RFC 8785).
admin-entry-neighbours = Nachbarn
admin-entry-before = Eintrag davor
admin-entry-after = Eintrag danach

## Team

admin-staff-lead = Wer ein Konto hat und was es darf. Jede Änderung steht im Protokoll.
admin-staff-add = Konto anlegen
admin-staff-add-note = Auf der nächsten Seite bekommen Sie einmal ein Passwort dafür.
admin-staff-contract = Vertrag (nur externe Sachbearbeitung)
admin-staff-contract-hint = Das Zeichen des Vertrags zur Auftragsverarbeitung (Art. 28 Abs. 3).
admin-staff-no-contract = Externe Sachbearbeitung braucht das Zeichen des Vertrags
admin-staff-ends = Endet am (nur externe Sachbearbeitung)
admin-staff-ends-hint = Nach diesem Tag schaltet sich das Konto selbst ab.
admin-staff-no-end = Das Konto einer externen Sachbearbeitung braucht ein Enddatum
admin-staff-email-wrong = Dieser E-Mail-Adresse fehlt das Ende, wie bei name@firma.de
admin-staff-email-taken = Mit dieser Adresse gibt es schon ein Konto
admin-staff-no-name = Geben Sie den Namen an, den die anderen sehen
admin-staff-no-role = Wählen Sie eine Rolle
admin-staff-terms = Vertrag { $contract }, endet am { $date }
admin-staff-button = Konto anlegen
admin-account-title = { $name } hat ein Konto
admin-account-once = Das Passwort steht nur hier und nirgends sonst. Geben Sie es persönlich oder am Telefon weiter und bitten Sie darum, es nach der ersten Anmeldung zu ändern.
admin-account-back = Ich habe es; zurück zu den Konten
admin-deactivate = Abschalten
admin-inactive = Abgeschaltet
admin-deactivation-title = Konto von { $name } abschalten?
admin-deactivation-sessions = Alle Sitzungen enden sofort, und niemand kann sich mehr damit anmelden.
admin-deactivation-open = { $n ->
    [0] Keine offene Anfrage ist ihm zugewiesen.
    [one] Eine offene Anfrage ist dann niemandem zugewiesen.
   *[other] { $n } offene Anfragen sind dann niemandem zugewiesen.
}
admin-deactivation-trail = Was damit geschehen ist, bleibt im Protokoll.
admin-deactivation-button = { $name } abschalten

## Objections

admin-objections-title = Widersprüche gegen Werbung
admin-objections-lead = Wem nicht geschrieben werden darf. Eine Adresse wird mit Ihrem Grund nachgeschlagen; auflisten kann sie niemand.
admin-objections-no-address = Das ist keine Adresse
admin-objections-button = Nachschlagen
admin-objections-none = Diese Adresse widerspricht nichts.
admin-objections-list = Liste
admin-objections-all = Alle Werbung
admin-objections-since = Seit
admin-objections-how = Wie
admin-objection-channel = { $channel ->
    [one_click] Ein Klick im Mailprogramm
    [page] Auf der Seite des Links
    [mail] Per E-Mail
    [typed] Eingetippte Adresse
    [staff] Vom Team eingetragen
   *[other] { $channel }
}
admin-objections-add = Widerspruch eintragen
admin-objections-add-note = Er wirkt sofort. Jeder darf jederzeit und ohne Grund widersprechen (Art. 21 Abs. 2); Ihr Grund sagt, woher Sie es wissen.
admin-objections-why = Ihr Grund
admin-objections-no-list = Wählen Sie eine Liste
admin-objections-add-button = Eintragen
admin-objections-lift = Widerspruch aufheben
admin-objections-lift-note = Nur wenn die Person es will. Sie bekommt eine E-Mail, die das sagt, mit einem Link, der die Werbung wieder beendet.
admin-objections-lift-button = Aufheben und der Person mitteilen
admin-done-objected = Der Widerspruch ist eingetragen. Jedes Versandprogramm erfährt davon.
admin-done-lifted = Der Widerspruch ist aufgehoben. Eine E-Mail an die Person ist unterwegs.
admin-senders = Versandprogramme
admin-senders-note = Jedes muss jede Änderung binnen eines Tages übernehmen.
admin-senders-none = Kein Programm hat ein Token. Was Werbung verschickt, muss vorher fragen: siehe lethe tokens add und lethe suppressions filter.
admin-senders-way = Erfährt es
admin-sender-way = { $way ->
    [webhook] Per Webhook
   *[feed] Fragt selbst nach
}
admin-sender-waiting = { $n ->
    [0] Hat alles übernommen
    [one] Eine Änderung steht aus
   *[other] { $n } Änderungen stehen aus
}
admin-sender-late = { $n ->
    [one] Eine Änderung steht aus seit { $since }
   *[other] { $n } Änderungen stehen aus seit { $since }
}

## Tokens of machines, on the command line

tokens-name = ein Name hat 1 bis 64 Buchstaben, Ziffern, - und _, wie newsletter
tokens-taken = ein Token dieses Namens gilt schon; beenden Sie es zuerst mit lethe tokens revoke
tokens-scope = sagen Sie, was es darf: suppressions, links, lifecycle
tokens-webhook = ein Webhook ist https://HOST/PFAD, ohne Namen und Passwort; http:// gilt nur für diesen Rechner
tokens-webhook-scope = ein Webhook erzählt von Widersprüchen und braucht deshalb suppressions

## Löschsperren

admin-hold-title = Löschsperren
admin-hold-one = Löschsperre
admin-hold-lead = Was eine Person betrifft, bleibt, solange es für Rechtsansprüche gebraucht wird (Art. 17 Abs. 3 Buchst. e). Eine Sperre hält jede Löschung auf, auf Anfrage und nach Frist. Worum es geht, lesen nur Teamleitung und Administration.
admin-hold-standing = In Kraft
admin-hold-none = Keine Sperre ist in Kraft.
admin-hold-place = Löschsperre setzen
admin-hold-place-note = Sie gilt sofort, auch für eine Löschung, die gerade läuft.
admin-hold-person = Person
admin-hold-person-hint = Eine Adresse oder das Aktenzeichen einer Anfrage.
admin-hold-no-person = Das ist weder eine Adresse noch das Aktenzeichen einer Anfrage, die noch vorliegt
admin-hold-matter = Angelegenheit
admin-hold-matter-hint = Worum es geht, damit bei der Prüfung klar ist, ob sie noch gebraucht wird. Die Person liest das nie.
admin-hold-no-matter = Sagen Sie in 3 bis 500 Zeichen, worum es geht
admin-hold-author = Veranlasst von
admin-hold-author-hint = Kanzlei, Behörde oder Abteilung, die sie braucht. Die Person liest das nie.
admin-hold-no-author = Sagen Sie in 3 bis 500 Zeichen, wer sie veranlasst hat
admin-hold-review = Prüfung bis
admin-hold-review-hint = Spätestens in einem Jahr. Die Teamleitung wird zwei Wochen vorher erinnert. Die Person erfährt diesen Tag.
admin-hold-no-review = Wählen Sie den Tag der Prüfung
admin-hold-review-past = Der Tag der Prüfung muss in der Zukunft liegen
admin-hold-review-far = Der Tag der Prüfung muss innerhalb eines Jahres liegen
admin-hold-until = Letzter Tag
admin-hold-until-hint = Falls bekannt. Am Tag danach endet die Sperre von selbst.
admin-hold-until-past = Der letzte Tag ist vorbei
admin-hold-no-end = Nicht bekannt
admin-hold-place-button = Sperre setzen
admin-hold-ended-list = Beendet
admin-hold-ended = Beendet
admin-hold-placed = Gesetzt
admin-hold-stopped = Aufgehaltene Datensätze
admin-hold-why-lifted = Warum sie aufgehoben wurde
admin-hold-state = { $state ->
    [in-force] In Kraft
    [soon] Prüfung in zwei Wochen
    [due] Prüfung fällig
    [lifted] Aufgehoben
   *[expired] Letzter Tag vorbei
}
admin-hold-review-title = Noch gebraucht?
admin-hold-review-note = Setzen Sie den nächsten Tag der Prüfung. Wessen Daten die Sperre nach einer Anfrage behält, erfährt diesen Tag.
admin-hold-next-review = Nächste Prüfung bis
admin-hold-review-button = Sie wird noch gebraucht
admin-hold-from-journal = Nach einer Wiederherstellung aus dem Löschjournal zurück; zu ergänzen
admin-hold-words = Worum geht es?
admin-hold-words-note = Die Datenbank wurde auf einen Stand vor dieser Löschsperre zurückgesetzt. Das Löschjournal kennt ihre Tage und die Person als Prüfwert, sonst nichts. Sie gilt trotzdem.
admin-hold-words-person-hint = Die Adresse oder das Aktenzeichen einer Anfrage. Sie wird mit dem Prüfwert verglichen.
admin-hold-other-person = Die Löschsperre gilt jemand anderem
admin-hold-words-button = Löschsperre ergänzen
admin-hold-lift = Aufheben
admin-hold-lift-note = Was keine andere Sperre behält, wird dann von selbst gelöscht, und die Person erfährt es. Das lässt sich nicht zurücknehmen.
admin-hold-reason = Warum sie nicht mehr gebraucht wird
admin-hold-reason-hint = Bleibt intern, bei der Sperre.
admin-hold-no-reason = Sagen Sie in 3 bis 500 Zeichen, warum sie nicht mehr gebraucht wird
admin-hold-lift-button = Sperre aufheben
admin-done-hold-placed = Die Sperre gilt. Ab jetzt wird nichts von dieser Person gelöscht.
admin-done-hold-reviewed = Die Sperre gilt weiter bis zur nächsten Prüfung.
admin-done-hold-completed = Die Sperre sagt wieder, worum es geht.
admin-done-hold-lifted = Die Sperre ist aufgehoben. Was sie allein behalten hat, wird jetzt gelöscht.

admin-store-last = zuletzt geantwortet { $when }
