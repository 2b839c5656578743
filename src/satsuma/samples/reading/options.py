"""Every option of curl, judged by name: read, of no meaning for a program, left out and said, or not supported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Verdict = Literal["read", "silent", "left out", "refused"]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of curl's command line: its long name, whether it takes a value, and what becomes of it."""

    name: str
    takes: bool
    verdict: Verdict
    sentence: str = ""


SHORT: Final = dict(
    pair.split(":")
    for pair in [
        "a:append",
        "E:cert",
        "K:config",
        "C:continue-at",
        "b:cookie",
        "c:cookie-jar",
        "d:data",
        "q:disable",
        "D:dump-header",
        "f:fail",
        "F:form",
        "P:ftp-port",
        "G:get",
        "g:globoff",
        "I:head",
        "H:header",
        "h:help",
        "0:http1.0",
        "i:include",
        "k:insecure",
        "4:ipv4",
        "6:ipv6",
        "j:junk-session-cookies",
        "l:list-only",
        "L:location",
        "M:manual",
        "m:max-time",
        "n:netrc",
        "N:no-buffer",
        "o:output",
        "Z:parallel",
        "#:progress-bar",
        "x:proxy",
        "U:proxy-user",
        "p:proxytunnel",
        "Q:quote",
        "r:range",
        "e:referer",
        "J:remote-header-name",
        "O:remote-name",
        "R:remote-time",
        "X:request",
        "S:show-error",
        "s:silent",
        "Y:speed-limit",
        "y:speed-time",
        "2:sslv2",
        "3:sslv3",
        "t:telnet-option",
        "z:time-cond",
        "1:tlsv1",
        "T:upload-file",
        "B:use-ascii",
        "u:user",
        "A:user-agent",
        "v:verbose",
        "V:version",
        "w:write-out",
    ]
) | {":": "next"}
"""The long name of each short option."""

# A name with = takes a value.
_READ: Final = (
    "config= cookie= data= data-ascii= data-binary= data-raw= data-urlencode= form= form-escape form-string= get "
    "globoff head header= json= next oauth2-bearer= path-as-is proto-default= range= referer= request= "
    "time-cond= upload-file= url= url-query= user= user-agent= basic compressed continue-at="
)

_SILENT: Final = {
    "A program prints the answer; where curl puts it, and what it tells of it, has no meaning there.": (
        "output= remote-name remote-name-all remote-header-name output-dir= create-dirs create-file-mode= "
        "no-clobber remove-on-error skip-existing remote-time xattr include dump-header= verbose silent "
        "show-error progress-bar "
        "no-progress-meter progress-meter trace= trace-ascii= trace-time trace-ids trace-config= write-out= stderr= "
        "styled-output no-buffer buffer fail fail-early fail-with-body libcurl= suppress-connect-headers "
        "parallel parallel-immediate parallel-max= parallel-max-host= use-ascii clobber out-null etag-save= raw "
        "ignore-content-length cookie-jar= junk-session-cookies disable"
    ),
    "How the connection is made is the business of the language's client.": (
        "tcp-nodelay tcp-fastopen no-keepalive keepalive keepalive-time= keepalive-cnt= no-alpn alpn no-npn "
        "npn no-sessionid "
        "sessionid false-start ipv4 ipv6 happy-eyeballs-timeout-ms= local-port= interface= dns-interface= "
        "dns-ipv4-addr= "
        "dns-ipv6-addr= dns-servers= doh-url= doh-insecure doh-cert-status http0.9 http1.0 http1.1 http2 "
        "http2-prior-knowledge http3 http3-only expect100-timeout= resolve= connect-to= limit-rate= rate= "
        "mptcp ip-tos= vlan-priority= random-file= egd-file= engine= proto= proto-redir= noproxy= "
        "disallow-username-in-url alt-svc= hsts= max-filesize= upload-flags="
    ),
    "Which versions and ciphers of TLS are taken is the business of the language's client.": (
        "tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 tlsv1.3 tls-max= tls13-ciphers= ciphers= curves= sslv2 sslv3 ssl ssl-reqd "
        "ssl-allow-beast ssl-no-revoke ssl-revoke-best-effort ssl-auto-client-cert cert-status sigalgs= tls-earlydata "
        "ca-native ech="
    ),
    "It speaks of another protocol than HTTP.": (
        "compressed-ssh ftp-account= ftp-alternative-to-user= ftp-create-dirs ftp-method= ftp-pasv ftp-port= ftp-pret "
        "ftp-skip-pasv-ip ftp-ssl-ccc ftp-ssl-ccc-mode= ftp-ssl-control disable-eprt disable-epsv eprt epsv "
        "hostpubmd5= "
        "hostpubsha256= krb= list-only login-options= mail-auth= mail-from= mail-rcpt= mail-rcpt-allowfails pubkey= "
        "quote= sasl-authzid= sasl-ir telnet-option= tftp-blksize= tftp-no-options append delegation="
    ),
}

_LEFT_OUT: Final = {
    "The certificate of the server is checked in the program: to trust one of your own, add it to your machine's.": (
        "insecure cacert= capath= crlfile= pinnedpubkey= dump-ca-embed"
    ),
    "The program shows no certificate of its own: add the client certificate where your library takes one.": (
        "cert= cert-type= key= key-type= pass="
    ),
    "The program does not follow redirects: a token must not go where nobody meant it to.": (
        "location location-trusted max-redirs= post301 post302 post303 follow"
    ),
    "The proxy is not in the program: most clients take it from HTTPS_PROXY in the environment.": (
        "proxy= proxy1.0= preproxy= proxytunnel proxy-user= proxy-basic proxy-digest proxy-anyauth proxy-negotiate "
        "proxy-ntlm proxy-header= proxy-insecure proxy-cacert= proxy-capath= proxy-cert= proxy-cert-type= "
        "proxy-ca-native "
        "proxy-ciphers= proxy-crlfile= proxy-key= proxy-key-type= proxy-pass= proxy-pinnedpubkey= proxy-service-name= "
        "proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tls13-ciphers= proxy-tlsauthtype= proxy-tlspassword= "
        "proxy-tlsuser= proxy-tlsv1 proxy-http2 socks4= socks4a= socks5= socks5-hostname= socks5-basic socks5-gssapi "
        "socks5-gssapi-nec socks5-gssapi-service="
    ),
    "The program has limits of its own (20 s) and does not repeat: the production form does, where it may.": (
        "max-time= connect-timeout= retry= retry-all-errors retry-connrefused retry-delay= retry-max-time= "
        "speed-limit= speed-time="
    ),
    "Any authentication is taken for Basic, which is what a server is asked with first.": "anyauth",
}

_REFUSED: Final = {
    "Only Basic and Bearer are written into programs.": (
        "digest negotiate ntlm ntlm-wb aws-sigv4= service-name= tlsauthtype= tlspassword= tlsuser="
    ),
    "What stands in .netrc is not known here: give the user with -u.": (
        "netrc netrc-file= netrc-optional"
    ),
    "No program here connects through a socket of files.": "unix-socket= abstract-unix-socket=",
    "Nothing is sent: it asks curl for its own pages.": "help= manual version",
    "What it makes of the request is not the same in other clients.": (
        "request-target= tr-encoding haproxy-protocol haproxy-clientip= crlf metalink etag-compare= variable= "
        "ipfs-gateway="
    ),
}


def _rows() -> list[Option]:
    rows = [_row(word, "read") for word in _READ.split()]
    groups: tuple[tuple[Verdict, dict[str, str]], ...] = (
        ("silent", _SILENT),
        ("left out", _LEFT_OUT),
        ("refused", _REFUSED),
    )
    for verdict, group in groups:
        for sentence, words in group.items():
            rows += [_row(word, verdict, sentence) for word in words.split()]
    return rows


def _row(word: str, verdict: Verdict, sentence: str = "") -> Option:
    return Option(word.removesuffix("="), word.endswith("="), verdict, sentence)


OPTIONS: Final = {row.name: row for row in _rows()}


def find_option(name: str) -> Option | None:
    """The option of a long name, or of what no other begins with; `no-` turns one off, and changes nothing read."""
    if name in OPTIONS:
        return OPTIONS[name]
    if name.startswith("no-") and name[3:] in OPTIONS and not OPTIONS[name[3:]].takes:
        return Option(name, False, "silent", "It turns an option off.")
    found = [row for key, row in OPTIONS.items() if key.startswith(name)]
    return found[0] if len(found) == 1 and name else None
