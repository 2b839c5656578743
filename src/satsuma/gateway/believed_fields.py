"""The header fields by which proxies tell upstreams something, and upstreams believe it: no caller may say them.

One table: who says or believes a field, and its names; one that ends in `*` means all names that begin so. It is a
list, so it is never whole: what an upstream believes besides, its operator adds by the setting `withheld_fields`.
Names are exact where the beginning is anybody's, such as `X-Original-`: an upstream may mean `X-Original-Filename`.
"""

from __future__ import annotations

from typing import Final

# A caller's address, certificate or name, and the host and scheme that it asked for.
BELIEVED: Final = (
    ("RFC 7239 and its forerunners", "forwarded forwarded-* x-forwarded* x-forward-for x-forward-host"),
    ("RFC 7239 and its forerunners", "x-forward-proto"),
    ("nginx, Envoy and many: the address", "x-real-ip x-real-port x-real-host x-real-proto x-real-scheme"),
    ("nginx, Envoy and many: the address", "x-real-user"),
    ("Any: the address", "client-ip http-client-ip remote-addr remote-host remote-port remote-ip"),
    ("Any: the address", "x-remote-addr x-remote-ip"),
    ("Any: the address", "x-client-ip x-client-real-ip x-client-addr x-cluster-client-ip x-originating-ip"),
    ("Any: the address", "x-remote-host"),
    ("Any: the host and scheme", "x-host x-scheme x-https x-proto x-ssl x-backend-host x-backend-server"),
    ("Any: the host and scheme", "front-end-https"),
    ("CGI, Apache, many proxies: the user", "remote-user remote-ident x-remote-user x-user-dn ajp-remote-user"),
    ("CGI, Apache, many proxies: the user", "proxy-user"),
    ("Authelia, Caddy", "remote-group remote-groups remote-name remote-email remote-role remote-roles"),
    ("Kubernetes", "x-remote-group x-remote-groups x-remote-uid x-remote-extra-* impersonate-*"),
    ("oauth2-proxy, Traefik, many", "x-auth-* x-authenticated-* x-email x-preferred-username"),
    ("Kong", "x-consumer-* x-anonymous-consumer x-credential-* x-userinfo x-id-token"),
    ("Google API Gateway, Endpoints", "x-endpoint-api-userinfo x-apigateway-api-userinfo x-endpoint-api-project-*"),
    ("Google IAP, App Engine", "x-goog-authenticated-* x-goog-iap-* x-appengine-* x-serverless-authorization"),
    ("AWS", "x-amzn-oidc-* x-amzn-mtls-* x-amzn-request-context x-amzn-lambda-context x-amzn-vpc-*"),
    ("Azure", "x-ms-client-principal* x-ms-token-* x-azure-* x-waws-* x-appservice-* disguised-host ms-aspnetcore-*"),
    ("IIS ARR", "x-arr-clientcert x-arr-ssl x-arr-log-id"),
    ("authentik", "x-authentik-*"),
    ("Vouch", "x-vouch-*"),
    ("Pomerium", "x-pomerium-*"),
    ("Grafana's example", "x-webauth-*"),
    ("Teleport", "teleport-*"),
    ("Tailscale", "tailscale-*"),
    ("IBM WebSEAL", "iv-user iv-user-l iv-groups iv-creds iv-remote-address iv-remote-address-ipv6 iv-server-name"),
    ("CA SiteMinder", "sm-* smuser"),
    ("Oracle Access Manager, OSSO, WebLogic", "oam-* osso-* wl-proxy-client-ip wl-proxy-client-cert"),
    ("Oracle Access Manager, OSSO, WebLogic", "proxy-client-ip proxy-ssl"),
    ("Shibboleth", "shib-* ajp-shib-*"),
    ("mod_auth_openidc, mod_auth_mellon", "oidc-* mellon-*"),
    ("Istio, Envoy", "x-envoy-* x-jwt-payload x-jwt-claim-* x-istio-*"),
    ("nginx: the certificate", "ssl-client-* x-client-cert x-client-cert-* x-client-certificate x-client-dn"),
    ("nginx: the certificate", "x-client-s-dn"),
    ("nginx: the certificate", "x-client-i-dn x-client-verify x-client-verified x-client-serial"),
    ("nginx: the certificate", "x-client-fingerprint"),
    ("nginx: the certificate", "x-client-subject-dn x-client-issuer-dn x-client-tls-*"),
    ("HAProxy", "x-ssl-* x-haproxy-*"),
    ("Traefik and others: the certificate", "x-tls-client-* x-mtls-* x-spiffe-id"),
    ("RFC 9440", "client-cert client-cert-chain"),
    ("Cloudflare", "cf-*"),
    ("Akamai", "true-client-ip true-client-port x-true-client-ip x-akamai-* akamai-* x-edge-client-ip"),
    ("Fastly", "fastly-*"),
    ("CloudFront", "cloudfront-*"),
    ("Imperva", "incap-*"),
    ("Sucuri", "x-sucuri-*"),
    ("Fly", "fly-client-ip fly-forwarded-* fly-region fly-user-*"),
    ("Vercel", "x-vercel-*"),
    ("Netlify", "x-nf-*"),
    ("DigitalOcean", "do-connecting-ip"),
    ("Alibaba", "ali-cdn-* ali-real-client-ip"),
    ("Tencent EdgeOne", "eo-*"),
    ("Azion, other CDNs", "ar-real-ip x-azion-* cdn-src-ip x-cdn-src-ip x-cdn-client-ip cdn-real-ip cdn-client-ip"),
    ("WSO2 API Manager", "x-jwt-assertion"),
    ("Hasura", "x-hasura-*"),
    ("Next.js", "x-middleware-subrequest*"),
    ("Any: who calls", "x-caller-id"),
    ("Squid, Bluecoat and others", "x-proxy-* x-proxyuser-ip x-bluecoat-via"),
)  # fmt: skip
# Another method, path or proxy than was decided about; `Proxy` becomes a CGI program's HTTP_PROXY.
OVERRIDING: Final = (
    ("CGI and its heirs", "path-info proxy request-uri script-name x-path-info x-request-uri x-script-name"),
    ("nginx", "x-accel-* x-original-uri x-original-method x-original-args x-original-request-uri"),
    ("IIS, Symfony", "x-original-url x-originalurl x-rewrite-url x-rewriteurl x-rewrite-uri x-rewrite-path"),
    ("ingress controllers", "x-original-host x-original-path x-original-query x-original-to x-original-port"),
    ("ingress controllers", "x-original-forwarded-* x-original-for x-original-proto x-original-scheme"),
    ("ingress controllers", "x-original-prefix"),
    ("ASP.NET's forwarded headers", "x-original-remote-* x-original-client-*"),
    ("method overrides", "x-method-override x-http-method x-http-method-override x-path-override x-url-override"),
    ("path and host overrides", "x-http-path-override x-http-host-override x-http-destinationurl x-url-scheme"),
    ("Home Assistant, Ingress", "x-ingress-path x-hass-source"),
    ("WSGI behind a prefix", "x-base-path x-external-path x-context-path"),
    ("Traefik's ReplacePath", "x-replaced-path"),
    ("X-Sendfile", "x-sendfile x-sendfile-*"),
    ("Satsuma", "x-satsuma*"),
)  # fmt: skip
# Begin as one of these, but are what a caller shows an upstream to be judged: a secret, not a claim.
SHOWN: Final = frozenset({b"x-auth-token", b"x-auth-key"})


def names_and_starts(
    *listed: str,
) -> tuple[frozenset[bytes], tuple[bytes, ...]]:
    """The names of lists in words, and the beginnings, in lower case."""
    words = [word.lower().encode() for each in listed for word in each.split()]
    starts = sorted({word[:-1] for word in words if word.endswith(b"*")})
    return frozenset(word for word in words if not word.endswith(b"*")), tuple(starts)
