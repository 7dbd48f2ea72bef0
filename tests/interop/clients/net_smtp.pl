#!/usr/bin/perl
# Delivers what the JSON on standard input asks for by Net::SMTP. Says why it did not, and ends with 1.
use strict;
use warnings;

use Authen::SASL qw(Perl);
use JSON::PP;
use MIME::Base64;
use Net::SMTP;

my $want = decode_json(do { local $/; <STDIN> });
my $content = decode_base64($want->{content});

sub tls_options {
    my %options = (SSL_verify_mode => 1, SSL_ca_file => $want->{trust});
    @options{qw(SSL_cert_file SSL_key_file)} = @{$want->{certificate}} if $want->{certificate};
    return %options;
}

my $smtp = Net::SMTP->new(
    $want->{host},
    Port => $want->{port},
    Hello => 'client.example.org',
    Timeout => 25,
    $want->{tls} eq 'implicit' ? (SSL => 1, tls_options()) : (),
) or die "cannot connect: $@\n";

sub refused {
    my $what = shift;
    die "$what: ", $smtp->code, ' ', $smtp->message, "\n";
}

if ($want->{tls} eq 'starttls') {
    $smtp->starttls(tls_options()) or die "STARTTLS: $@\n";
}
if ($want->{mechanism}) {
    my $sasl = Authen::SASL->new(
        mechanism => $want->{mechanism},
        callback => {
            # PLAIN's authzid is left out. EXTERNAL and ANONYMOUS say who they are by other names.
            user => $want->{user},
            pass => $want->{password},
            authname => $want->{mechanism} eq 'ANONYMOUS' ? $want->{sender} : '',
        },
    );
    $smtp->auth($sasl) or refused('AUTH');
}

my (%mail, %rcpt);
$mail{Bits} = 8 if $want->{eight_bit};
$mail{Bits} = 'binary' if $want->{chunked};
if (my $dsn = $want->{dsn}) {
    @mail{qw(Return ENVID)} = @{$dsn}{qw(ret envid)};
    @rcpt{qw(Notify ORcpt)} = @{$dsn}{qw(notify orcpt)};
}
$smtp->mail($want->{sender}, %mail) or refused('MAIL');
$smtp->recipient(@{$want->{recipients}}, \%rcpt) or refused('RCPT');

if ($want->{chunked}) {
    # In two chunks, so that one is not the last.
    my $half = int(length($content) / 2);
    $smtp->bdat(substr($content, 0, $half)) or refused('BDAT');
    $smtp->bdatlast(substr($content, $half)) or refused('BDAT LAST');
}
else {
    # Net::Cmd makes CRLF of each LF, and doubles the dots.
    $content =~ s/\r\n/\n/g;
    $smtp->data($content) or refused('DATA');
}
$smtp->quit;
print "sent\n";
