//! Configurations of servers, networks and wallets, tables of passwords, and files that hold passwords alone.

use super::Shape;

const fn shape(name: &'static str, secrets: &'static [&'static str]) -> Shape {
    Shape { name, secrets, harmless: &[], is_fixed: false }
}

const fn fixed(name: &'static str, secrets: &'static [&'static str]) -> Shape {
    Shape { name, secrets, harmless: &[], is_fixed: true }
}

const fn with(name: &'static str, secrets: &'static [&'static str], harmless: &'static [&'static str]) -> Shape {
    Shape { name, secrets, harmless, is_fixed: true }
}

/// Files of which every line counts: a name, what holds a secret, what does not.
pub const LONE: &[(&str, &[&str], &[&str])] = &[
    (
        "one word",
        &["«§pw»", "«%{base62:40}4x»", "«%{hex:40}»", "«%{base64:684}»", "«§word»"],
        &["changeme", "see the wiki", "${SECRET}", "config/prod/password4.txt", "{{ vault_pass }}", "1.2.3"],
    ),
    (
        "users of servers",
        &[
            "# client server secret\ndeploy * «§pw» *\n\"ada\" pptpd \"§pw\" *\n",
            "\"deploy\" \"«§pw»\"\n\"grace\" \"md5%{hex:32}\"\n",
            "\"deploy\" \"«SCRAM-SHA-256$4096:%{base64:24}$%{base64:44}:%{base64:44}»\"\n",
            "backup:«§pw»\ndeploy:§pw\n",
            "*.northwind.dev:deploy:«§pw»\n",
            "smtp.northwind.dev ada@northwind.dev:«§pw»\n",
            "https://dav.northwind.dev/files deploy «§pw»\n",
            "deploy\n«§pw»\n",
            "10.0.0.7 «§pw»\nvpn.northwind.dev §pw\n",
            "deploy:Private area:«%{hex:32}»\n",
            "deploy=«%{hex:32}»\n",
            "admin: «§pw», admin\nguest: §pw,user\n",
            "localclient:«%{hex:40}»:10\n",
        ],
        &[
            "deploy * changeme *\n",
            "\"name\" \"title\"\n\"one\" \"two\"\n",
            "backup:${BACKUP_PASSWORD}\n",
            "import os\nfrom x import y7Kd9sQ2mPz\n",
            "fn main() {\n    run(\"x7Kd9sQ2mPz\");\n}\n",
            "name: value\nlist:\n  - one\n",
            "hello\nworld\n",
            "smtp.northwind.dev user:password\n",
            "a,b,c\n1,2,3\n",
        ],
    ),
    (
        "words and numbers of a wallet",
        &["«%{bip39:12}»", "«%{bip39:24}»"],
        &[
            "one two three four five six seven eight nine ten eleven twelve",
            "[1,2,3]",
            "abandon ability able about above",
        ],
    ),
];

pub const SHAPES: &[Shape] = &[
    fixed(
        "tables of passwords",
        &[
            "name,url,username,password\nshop,https://shop.northwind.dev/,deploy,«§pw»\n",
            "\"url\",\"username\",\"password\",\"httpRealm\"\n\"https://northwind.dev\",\"deploy\",\"«§pw»\",\n",
            "folder,favorite,type,name,login_uri,login_username,login_password,login_totp\n,,login,shop,https://northwind.dev,deploy,«§pw»,\n",
            "username;password;role\ndeploy;«§pw»;admin\n",
            "id,email,password\n1,ada@northwind.dev,«§word»\n",
            "Title,Url,Username,Password,OTPAuth\nshop,https://northwind.dev,ada,«§pw»,\n",
        ],
    ),
    shape(
        "cloud-init, kickstart, preseed",
        &[
            "#cloud-config\nchpasswd:\n  list: |\n    deploy:«§pw»\n  expire: false\n",
            "chpasswd:\n  list:\n    - deploy:«§pw»\n",
            "users:\n  - name: ada\n    passwd: «$6$%{base62:16}$%{base62:86}»\n",
            "d-i passwd/root-password password «§pw»\n",
            "RUN echo \"mysql-server mysql-server/root_password password «§pw»\" | debconf-set-selections\n",
            "rootpw --plaintext «§pw»\n",
            "d-i passwd/user-password-crypted password «$6$%{base62:16}$%{base62:86}»\n",
            "rootpw --iscrypted «$6$%{base62:16}$%{base62:86}»\n",
        ],
    ),
    fixed(
        "routers and switches",
        &[
            "hostname r1\nenable password «§pw»\n",
            "hostname r1\nusername deploy privilege 15 secret «§pw»\n",
            "tacacs-server host 10.0.0.1 key «§pw»\n",
            "router bgp 65000\n neighbor 10.0.0.2 password «§pw»\n",
            " ip ospf message-digest-key 1 md5 «§pw»\n",
            "line vty 0 4\n password «§pw»\n login\n",
            "tunnel-group 1.2.3.4 ipsec-attributes\n ikev1 pre-shared-key «§pw»\n",
            "    set psksecret ENC «%{base64:88}»\n",
            "root-authentication {\n    encrypted-password \"«$6$%{base62:8}$%{base62:86}»\"; ## SECRET-DATA\n}\n",
            "com2sec readonly default «§pw»\n",
        ],
    ),
    shape(
        "IPsec and OpenWrt",
        &[
            "10.0.0.1 %any : PSK \"«§pw»\"\n",
            "10.0.0.1 %any : PSK «§pw»\n",
            "ada : EAP \"«§pw»\"\n",
            ": RSA gate.pem \"«§pw»\"\n",
            "\toption key '«§pw»'\n",
        ],
    ),
    with(
        "OpenVPN profiles",
        &[
            "<auth-user-pass>\ndeploy\n«§pw»\n</auth-user-pass>\n",
            "client\n<auth-user-pass>\n  ada\n  «§word»\n</auth-user-pass>\n",
        ],
        &[
            "<auth-user-pass>\nusername\npassword\n</auth-user-pass>\n",
            "auth-user-pass /etc/openvpn/login\n",
            "auth-user-pass\n",
        ],
    ),
    shape(
        "services and their stores",
        &[
            "user deploy on >«§pw» ~* +@all\n",
            "sentinel auth-pass mymaster «§pw»\n",
            "org.apache.kafka.common.security.plain.PlainLoginModule required user_deploy=\"«§pw»\";\n",
            "addauth digest deploy:«§pw»\n",
            "<credential-reference clear-text=\"«§pw»\"/>\n",
            "net { cram-hmac-alg sha1; shared-secret \"«§pw»\"; }\n",
            "{default_user, <<\"deploy\">>}, {default_pass, <<\"«§pw»\">>}\n",
            "<Key>Password</Key>\n<Value ProtectInMemory=\"True\">«§pw»</Value>\n",
            "RABBITMQ_ERLANG_COOKIE: «%{base62:20}4x»\n",
            "    command: [\"redis-server\", \"--requirepass\", \"«§pw»\"]\n",
        ],
    ),
    fixed(
        "mail servers",
        &[
            "smtp.northwind.dev:587 ada@northwind.dev:«§pw»\n",
            "poll mx.northwind.dev protocol IMAP user \"ada\" there with password \"«§pw»\"\n",
            "hide mysql_servers = localhost/mail/exim/«§pw»\n",
            "AuthInfo:smtp.northwind.dev \"U:ada\" \"I:ada\" \"P:«§pw»\" \"M:PLAIN\"\n",
            "ldap_default_authtok = «§pw»\n",
            "ada@northwind.dev:{PLAIN}«§pw»::::::\n",
        ],
    ),
    with(
        "hashes of users of servers",
        &[
            "sensor:«$7$101$%{base64:16}$%{base62:86}==»\n",
            "ada:1000:%{HEX:32}:«%{HEX:32}»:[U          ]:LCT-5F3A1B2C:\n",
            "Administrator:500:aad3b435b51404eeaad3b435b51404ee:«%{hex:32}»:::\n",
            "#$REALM_NAME=ManagementRealm$\nadmin=«%{hex:32}»\n",
            "{\"name\": \"ada\", \"password_hash\": \"«%{base64:48}»\"}\n",
            "rpcauth=ada:«%{hex:32}$%{hex:64}»\n",
            "HashedControlPassword «16:%{HEX:58}»\n",
            "password_pbkdf2 root «grub.pbkdf2.sha512.10000.%{HEX:128}.%{HEX:128}»\n",
            "ada:«$1$%{base62:8}$%{base62:22}»:1001:1001:FTP:/srv/ftp:/bin/false\n",
            "userPassword:: «§64({SSHA}%{base64:32})64»\n",
        ],
        &[
            "Guest:501:aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0:::\n",
            "ada:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:[U          ]:LCT-00000000:\n",
            "{\"password_hash\": \"\"}\n",
            "HashedControlPassword 16:hash\n",
            "users:\n  - name: ada\n    uid: 1001\n",
            "userPassword:: cGFzc3dvcmQ=\n",
        ],
    ),
    with(
        "web keys",
        &[
            "{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"«%{base64url:43}»\",\"alg\":\"HS256\"}\n",
            "const jwk = { kty: 'oct', k: '«%{base64url:43}»' };\n",
            "keys:\n- kty: oct\n  kid: a\n  k: «%{base64url:86}»\n",
            "jwk:\n  kty: OKP\n  crv: Ed25519\n  x: %{base64url:43}\n  d: «%{base64url:43}»\n",
            "crv: P-256\nd: «%{base64url:43}»\nkty: EC\nx: %{base64url:43}\n",
            "{ alg: 'HS256', k: '«%{base64url:43}»', kty: 'oct' }\n",
        ],
        &[
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%{base64url:43}\",\"y\":\"%{base64url:43}\"}\n",
            "kty: OKP\ncrv: Ed25519\nx: %{base64url:43}\n",
            "{ kty: 'oct', alg: 'HS256' }\n",
            "{\"kty\":\"oct\",\"k\":\"...\"}\n",
        ],
    ),
    with(
        "oddly written Kubernetes secrets",
        &[
            "kind:   Secret\napiVersion: v1\ndata:\n  one: «§64(§pw)64»\n",
            "\"kind\": \"Secret\"\n\"data\":\n  \"one\": \"«§64(§pw)64»\"\n",
            "kind: 'Secret'\ndata:\n  one: '«§64(§pw)64»'\n",
            "kind: Secret\ndata: {one: «§64(§pw)64», user: YWRtaW4=}\n",
            "kind: Secret\ndata:\n  one: >-\n    «§64(§pw)64»\n",
            "kind: Secret\ndata:\n  one: !!binary «§64(§pw)64»\n",
            "kind: Secret\nstringData: { one: \"«§pw»\" }\n",
            "  kind: \"Secret\"\n  data:\n    one: «§64(§pw)64»\n",
            "\"kind\" : \"Secret\",\n\"data\" : {\n \"one\" : \"«§64(§pw)64»\"\n}\n",
        ],
        &[
            "kind:   Secret\ndata:\n  one: {{ .Values.one | b64enc }}\n",
            "kind: 'Secret'\ndata: {}\n",
            "kind: Secret\ndata: {ca.crt: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==}\n",
            "kind: SecretStore\ndata:\n  one: §64(§pw)64\n",
            "kind: Secret\nstringData: { one: \"${ONE}\" }\n",
        ],
    ),
    shape(
        "phrases in lists",
        &["words: \"«%{bip39:12}»\"\n", "\"phrase\": \"«%{bip39:24}»\",\n", "const phrase = '«%{bip39:12}»';\n"],
    ),
    shape(
        "commands that log in",
        &[
            "sqlcmd -S db -U sa -P «§pw» -i a.sql\n",
            "ipmitool -I lanplus -H 10.0.0.9 -U admin -P «§pw» power on\n",
            "echo \"«§pw»\" | kinit deploy\n",
            "kubectl create secret generic db --from-literal=one=«§pw»\n",
            "expect \"password:\"\nsend \"«§pw»\\r\"\n",
            "/msg NickServ identify «§pw»\n",
        ],
    ),
];
