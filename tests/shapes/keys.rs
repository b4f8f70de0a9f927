//! Key material: files, stores, seeds.

use super::Shape;

const fn with(name: &'static str, secrets: &'static [&'static str], harmless: &'static [&'static str]) -> Shape {
    Shape { name, secrets, harmless, is_fixed: true }
}

/// Files of stores with a private key: what stands before it in PKCS#12 and in both of Java's own kinds.
pub const STORES: &[&[u8]] = &[
    b"0\x82\x0a\x39\x02\x01\x030\x82\x09\xff\x06\x0b\x2a\x86\x48\x86\xf7\r\x01\x0c\n\x01\x02\xa0\x82\x05\x1e",
    b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x03app\x06\n+\x06\x01\x04\x01*\x02\x11\x01\x01\x05\0",
    b"\xce\xce\xce\xce\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\x03app\x06\t+\x06\x01\x04\x01*\x02\x13\x01\x05\0",
];

/// Files of stores that hold certificates alone.
pub const TRUST_STORES: &[&[u8]] = &[
    b"0\x82\x0a\x39\x02\x01\x030\x82\x09\xff\x06\x0b\x2a\x86\x48\x86\xf7\r\x01\x0c\n\x01\x03\xa0\x82\x05\x1e",
    b"\xfe\xed\xfe\xed\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\x02ca\0\x05X.509\0\0\x03",
    b"\xce\xce\xce\xce\0\0\0\x02\0\0\0\x01\0\0\0\x02\0\x02ca\0\x05X.509\0\0\x03",
];

pub const SHAPES: &[Shape] = &[
    with(
        "PEM and SSH keys",
        &[
            "«%{pem:RSA PRIVATE KEY}»\n",
            "«%{pem:EC PRIVATE KEY}»\n",
            "«%{pem:PRIVATE KEY}»\n",
            "«%{pem:OPENSSH PRIVATE KEY}»\n",
            "«%{pem:DSA PRIVATE KEY}»\n",
            "«%{pem:ENCRYPTED PRIVATE KEY}»\n",
            "key = \"\"\"«%{pem:RSA PRIVATE KEY}»\"\"\"\n",
        ],
        &[
            "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----\n",
            "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
            "-----BEGIN CERTIFICATE-----\n%{base64:64}\n%{base64:64}\n-----END CERTIFICATE-----\n",
            "-----BEGIN PUBLIC KEY-----\n%{base64:64}\n%{base64:64}\n-----END PUBLIC KEY-----\n",
            "ssh-rsa AAAAB3NzaC1yc2E%{base64:340} ada@northwind.dev\n",
            "if text.startswith(\"-----BEGIN RSA PRIVATE KEY-----\"):\n    pass\n",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----\n",
        ],
    ),
    with(
        "Java key stores as files",
        &["store\0\0\0\u{2}\0\0\0\u{1}\u{1}«\u{6}\u{9}+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{13}\u{1}»\u{30}\u{4}"],
        &[
            "store\0\0\0\u{2}\0\0\0\u{1}\0\u{2}\0\u{5}X.509\0\0\u{3}%{base64:200}",
            "+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{11}\u{1}\u{2}\n",
        ],
    ),
    with(
        "PGP private keys",
        &[
            "«%{pem:PGP PRIVATE KEY BLOCK}»\n",
            "signing_key: |\n«%{pem:PGP PRIVATE KEY BLOCK}»\n",
            "GPG_KEY='«%{pem:PGP PRIVATE KEY BLOCK}»'\n",
        ],
        &[
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n%{base64:64}\n%{base64:64}\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP MESSAGE-----\n\n%{base64:64}\n%{base64:64}\n=abcd\n-----END PGP MESSAGE-----\n",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n...\n-----END PGP PRIVATE KEY BLOCK-----\n",
        ],
    ),
    with(
        "PGP secret keys without armor",
        &[
            "GPG_PRIVATE_KEY=«lQOYBF%{base62:4}EBCAC%{base62:1201}»\n",
            "{\"signingKey\": \"«lQdGBG%{base62:4}EBEAC%{base62:1601}»\"}\n",
            "gpg_key: \"«lFgEX%{base62:4}RYJKwYBBAHaRw8BAQdA%{base62:92}»\"\n",
        ],
        &[
            "GPG_PUBLIC_KEY=mQENBF%{base62:4}EBCAC%{base62:301}\n",
            "gpg_key: mDMEX%{base62:4}RYJKwYBBAHaRw8BAQdA%{base62:92}\n",
            "GPG_PRIVATE_KEY=${GPG_PRIVATE_KEY}\n",
        ],
    ),
    with(
        "PuTTY .ppk",
        &[
            "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: ada@northwind.dev\nPublic-Lines: 2\n%{base64:64}\n%{base64:64}\nPrivate-Lines: 2\n«%{base64:64}\n%{base64:64}»\nPrivate-MAC: %{hex:40}\n",
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: key\nPublic-Lines: 2\n%{base64:64}\n%{base64:16}\nPrivate-Lines: 1\n«%{base64:48}»\nPrivate-MAC: %{hex:64}\n",
        ],
        &[
            "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\n",
            "---- BEGIN SSH2 PUBLIC KEY ----\n%{base64:64}\n---- END SSH2 PUBLIC KEY ----\n",
        ],
    ),
    with(
        "PKCS#12 and JKS in base64",
        &[
            "keystore: «/u3+7QAAAAIAAAAB%{base64:800}»\n",
            "KEYSTORE_B64=«MIIKOQIBAzCC%{base64:900}»\n",
            "{\"p12\": \"«MIIJqQIBAzCC%{base64:1000}»\"}\n",
            "const store = '«/u3+7QAAAAIAAAAC%{base64:700}»';\n",
        ],
        &[
            "MIIDdzCCAl+gAwIBAgIE%{base64:800}\n",
            "img: data:image/png;base64,iVBORw0KGgo%{base64:800}\n",
            "keystore: ${KEYSTORE_B64}\n",
        ],
    ),
    with(
        "age",
        &[
            "«AGE-SECRET-KEY-1%{[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]:58}»\n",
            "# created: 2026-01-01T00:00:00Z\n# public key: age1x\n«AGE-SECRET-KEY-1%{[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]:58}»\n",
            "SOPS_AGE_KEY=«AGE-SECRET-KEY-1%{[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]:58}»\n",
        ],
        &[
            "age1%{[qpzry9x8gf2tvdw0s3jn54khce6mua7l]:58}\n",
            "AGE-SECRET-KEY-1XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\n",
            "SOPS_AGE_KEY=\n",
        ],
    ),
    with(
        "minisign",
        &[
            "untrusted comment: minisign encrypted secret key\n«RWRTY0Iy%{base64:204}»\n",
            "untrusted comment: minisign secret key\n«RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%{base64:143}»\n",
            "untrusted comment: minisign secret key\n«RWRTY0Iy%{base64:204}»\n",
        ],
        &[
            "untrusted comment: minisign public key\nRWQ%{base64:53}\n",
            "untrusted comment: signature\nRUQ%{base64:97}\n",
        ],
    ),
    with(
        "OTP seeds",
        &[
            "otpauth://totp/Acme:ada@northwind.dev?secret=«%{base32:32}»&issuer=Acme\n",
            "url = \"otpauth://totp/ada?secret=«%{base32:16}»\"\n",
            "otpauth://hotp/Acme:ada?counter=1&secret=«%{base32:26}»\n",
            "TOTP_SECRET=«%{base32:31}7»\n",
            "totp_seed: «%{base32:31}4»\n",
        ],
        &[
            "otpauth://totp/Acme:ada?secret=JBSWY3DPEHPK3PXP\n",
            "otpauth://totp/Acme:ada?secret=${SECRET}\n",
            "otpauth://totp/{label}?secret={secret}\n",
            "TOTP_SECRET=\n",
            "totp_seed: {{ seed }}\n",
        ],
    ),
    with(
        "NATS NKEY seeds",
        &[
            "nats:\n  seed: «SUA%{base32:55}»\n",
            "{\"nkey\": \"«SUA%{base32:55}»\"}\n",
            "NATS_NKEY=«SUA%{base32:55}»\n",
            "connect(seed=\"«%{nkey}»\")\n",
            "key = '«%{nkey}»'\n",
            "------BEGIN USER NKEY SEED------\n«SUA%{base32:55}»\n------END USER NKEY SEED------\n",
        ],
        &[
            "UA%{base32:54}\n",
            "nkey: UA%{base32:54}\n",
            "seed: SUAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\n",
        ],
    ),
    with(
        "JWK",
        &[
            "{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"%{base64url:43}\", \"y\": \"%{base64url:43}\", \"d\": \"«%{base64url:43}»\"}\n",
            "{\n  \"kty\": \"OKP\",\n  \"d\": \"«%{base64url:43}»\",\n  \"crv\": \"Ed25519\",\n  \"x\": \"%{base64url:43}\"\n}\n",
            "{\"d\":\"«%{base64url:43}»\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%{base64url:43}\",\"y\":\"%{base64url:43}\"}\n",
            "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"kid\":\"a\",\"d\":\"«%{base64url:342}»\",\"n\":\"%{base64url:342}\"}\n",
            "const key = {\n  kty: \"EC\",\n  crv: \"P-256\",\n  x: \"%{base64url:43}\",\n  y: \"%{base64url:43}\",\n  d: \"«%{base64url:43}»\",\n};\n",
            "await importJWK({ d: '«%{base64url:43}»', kty: 'OKP', crv: 'Ed25519', x: '%{base64url:43}' })\n",
            "key = {'kty': 'RSA', 'n': '%{base64url:342}', 'e': 'AQAB', 'd': '«%{base64url:342}»'}\n",
        ],
        &[
            "const key = { kty: \"EC\", crv: \"P-256\", x: \"%{base64url:43}\", y: \"%{base64url:43}\" };\n",
            "{\"kty\": \"EC\", \"crv\": \"P-256\", \"x\": \"%{base64url:43}\", \"y\": \"%{base64url:43}\"}\n",
            "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"kid\":\"a\",\"n\":\"%{base64url:342}\"}\n",
        ],
    ),
    with(
        "private keys in base64 without armor",
        &[
            "private static String pkcs8 = \"«MIIEvQIBADANBgkqhkiG9w0BAQEFAASC%{base64:1592}»\";\n",
            "merchant:\n  signer: «MIICdgIBADANBgkqhkiG9w0BAQEFAASC%{base64:800}»\n",
            "rsa: '«MIIEpAIBAAKCAQEA%{base64:1576}»'\n",
            "<signer>«MIICXQIBAAKBgQ%{base64:800}»</signer>\n",
            "alipay.app=«MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg%{base64:136}»\n",
        ],
        &[
            "private static String pkcs8 = \"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC...\";\n",
            "verifier = \"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA%{base64:348}IDAQAB\"\n",
            "verifier: MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE%{base64:86}==\n",
            "certificate = \"MIIDdzCCAl+gAwIBAgIE%{base64:800}\"\n",
        ],
    ),
    with(
        "wallet seeds",
        &[
            "mnemonic = \"«%{bip39:12}»\"\n",
            "SEED_PHRASE='«%{bip39:24}»'\n",
            "recovery phrase: «%{bip39:12}»\n",
            "const mnemonic = \"«%{bip39:24}»\";\n",
        ],
        &[
            "mnemonic = \"test test test test test test test test test test test junk\"\n",
            "mnemonic = \"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about\"\n",
            "mnemonic = process.env.MNEMONIC\n",
            "recovery phrase: write down your twelve words and keep them safe\n",
        ],
    ),
    with(
        "AWS key id, alone and in a pair",
        &[
            "aws_access_key_id = «AKIA%{[A-Z2-7]:16}»\n",
            "«AKIA%{[A-Z2-7]:16}»\n",
            "AWS_ACCESS_KEY_ID=AKIA%{[A-Z2-7]:16}\nAWS_SECRET_ACCESS_KEY=«%{base62:40}»\n",
            "new AWS.Credentials('«AKIA%{[A-Z2-7]:16}»', '%{base62:40}')\n",
            "{\"accessKeyId\": \"AKIA%{[A-Z2-7]:16}\", \"secretAccessKey\": \"«%{base62:36}/x+4»\"}\n",
        ],
        &[
            "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n",
            "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
            "AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID}\n",
            "AKIAXXXXXXXXXXXXXXXX\n",
            "arn:aws:iam::123456789012:user/ada\n",
        ],
    ),
    with(
        "JSON web tokens",
        &[
            "«%{jwt}»\n",
            "token = \"«%{jwt}»\"\n",
            "curl -H 'Authorization: Bearer «%{jwt}»' https://api.northwind.dev\n",
            "cookie: session=«%{jwt}»; path=/\n",
            "{\"id_token\": \"«%{jwt}»\"}\n",
        ],
        &[
            "eyJhbGciOiJIUzI1NiJ9.e30.\n",
            "token = \"eyJ...\"\n",
            "Authorization: Bearer ${JWT}\n",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\n",
        ],
    ),
];
