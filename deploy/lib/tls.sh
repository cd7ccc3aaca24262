# shellcheck shell=bash
# The certificates of one secure platform, in $DATA/tls: a certificate authority of its own, one certificate for each
# service, and one for the command line (tradewind). Sourced after stack.sh. Services read them again when they change,
# so that running this again renews them without a restart.

TLS_DAYS=397 TLS_CA_DAYS=3650 TLS_RENEW_SECONDS=$((30 * 86400))

# Whether a certificate is there, of our authority and good for another month.
is_good_certificate() {
  [[ -s $1.crt && -s $1.key ]] && openssl x509 -in "$1.crt" -noout -checkend "$TLS_RENEW_SECONDS" >/dev/null 2>&1 &&
    openssl verify -CAfile "$TLS/ca.crt" "$1.crt" >/dev/null 2>&1
}

make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$TLS_CA_DAYS" \
    -subj "/CN=Tradewind of $(basename "$DATA")" -keyout "$TLS/ca.key" -out "$TLS/ca.crt" \
    -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null ||
    die "openssl cannot make a certificate authority in $TLS"
}

# make_certificate NAME: the key first, then the certificate: a reader that comes in between waits for the pair.
make_certificate() {
  local name=$1 new=$TLS/.$1.new
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj "/CN=$name" \
    -keyout "$new.key" -out "$new.csr" 2>/dev/null || die "openssl cannot make a key for $name"
  openssl x509 -req -in "$new.csr" -CA "$TLS/ca.crt" -CAkey "$TLS/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
    -sha256 -days "$TLS_DAYS" -out "$new.crt" -extfile <(printf '%s\n' 'basicConstraints=critical,CA:FALSE' \
      'keyUsage=critical,digitalSignature' 'extendedKeyUsage=serverAuth,clientAuth' \
      "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1,IP:::1") 2>/dev/null || die "openssl cannot sign for $name"
  mv "$new.key" "$TLS/$name.key"
  mv "$new.crt" "$TLS/$name.crt"
  rm -f "$new.csr"
}

# Makes what is missing or runs out.
make_certificates() {
  command -v openssl >/dev/null || die "openssl (Debian package openssl) is missing"
  local name
  TLS=$DATA/tls
  (umask 077 && mkdir -p "$TLS")
  chmod 700 "$TLS"
  (
    umask 077
    if ! openssl x509 -in "$TLS/ca.crt" -noout -checkend "$TLS_RENEW_SECONDS" >/dev/null 2>&1; then make_authority; fi
    for name in $(service_names) tradewind; do
      is_good_certificate "$TLS/$name" || make_certificate "$name"
    done
  ) || exit 1
}
