# Wörter, die auf vielen Seiten stehen, und wie ein Datum zusammengesetzt wird.

# Ein Datum mit Uhrzeit.
moment = { $date }, { $time } Uhr
# Ein Datum mit seinem Wochentag.
date-with-weekday = { $weekday }, { $date }

skip = Zum Inhalt springen
site-privacy = Datenschutz
site-statement = Datenschutzerklärung
site-follow = Anfrage verfolgen
site-lethe = Dieses Portal läuft mit Lethe.

right-review = Meine Daten einsehen
right-rectification = Meine Daten berichtigen
right-removal = Meine Daten löschen
right-unsubscribe = Abbestellen

field-name = Name
field-email = Neue E-Mail-Adresse
field-company = Firma
field-phone = Telefon
field-address = Postanschrift
field-other = Etwas anderes

# Wie eine Frist berechnet wurde.
reckoning-title = So wurde dieses Datum berechnet
reckoning-received = Ihre Anfrage ging um { $time } Uhr bei uns ein (Zeit in { $place })
reckoning-received-on = an diesem Tag ging Ihre Anfrage bei uns ein
reckoning-month = einen Monat später, nach dem Kalender des Gesetzes
reckoning-months = { $months } Monate später, nach dem Kalender des Gesetzes
reckoning-rolled = { $day ->
    [saturday] ein Samstag zählt nicht, also der nächste Werktag
    [sunday] ein Sonntag zählt nicht, also der nächste Werktag
   *[holiday] ein Feiertag zählt nicht, also der nächste Werktag
}
reckoning-law = Artikel 12 Absatz 3 DSGVO; Artikel 3 der Verordnung 1182/71; Feiertage: { $country }.
gdpr-article = { $article } DSGVO

# Quadrate, eines je Datensatz.
cells-label = { $total ->
    [one] { $total } Datensatz
   *[other] { $total } Datensätze
}: { $gone } gelöscht, { $todo } noch zu löschen, { $kept } behalten
cells-gone = { $count } gelöscht
cells-todo = { $count } noch zu löschen
cells-kept = { $count } behalten
cells-key = Jedes Quadrat ist ein Datensatz.

table-where = Wo
table-found = Gefunden
table-removed = Gelöscht
table-standing = Wie weit
table-checked = Geprüft leer
table-what = Was
table-why = Warum
table-goes = Wird gelöscht
table-before = Bisher
table-asked = Ihre Angabe
table-nothing = nichts
table-outcome = Jetzt
