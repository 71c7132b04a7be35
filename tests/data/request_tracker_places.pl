# Counts, in every column of every table of a SQLite file, what holds one of the texts: a line each
# of "table.column id". Encoded parts are decoded. Shares nothing with what is tested.
use strict;
use warnings;
use DBI;
use MIME::Base64 ();
my ( $file, @texts ) = @ARGV;
my $db = DBI->connect( "dbi:SQLite:dbname=$file", '', '', { RaiseError => 1, ReadOnly => 1 } );
for my $table ( map { $_->[0] } @{ $db->selectall_arrayref(q{SELECT name FROM sqlite_master WHERE type = 'table'}) } ) {
    for my $row ( @{ $db->selectall_arrayref( qq{SELECT * FROM "$table"}, { Slice => {} } ) } ) {
        for my $column ( sort keys %$row ) {
            my $value = $row->{$column};
            next unless defined $value;
            $value = MIME::Base64::decode_base64($value)
                if $column eq 'Content' && ( $row->{ContentEncoding} // '' ) eq 'base64';
            ( my $flat = lc $value ) =~ s/\s+/ /g;
            # Somebody else, whose address ends as the other's.
            $flat =~ s/joanna\.kowalska/joanna./g unless grep { /^joanna/ } @texts;
            print "$table.$column $row->{id}\n" if grep { index( $flat, lc ) >= 0 } @texts;
        }
    }
}
