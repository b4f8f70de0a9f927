//! Which literals call which shape. It also compiles into the build script, which makes the prefilter's tables of the
//! literals: whoever asks says what is made of the list.

/// Hands the list to a macro.
macro_rules! calls {
    ($asks:ident) => {
        $asks! {
            netrc::read: "machine " "default login";
            pgpass::read: ":5432:" ":5433:" ":5439:" ":6543:" ":6432:" ":*:*:";
            userinfo::read: "http://" "https://";
            weak::address: "postgres://" "sql://" "psycopg://" "psycopg2://" "asyncpg://" "pymysql://" "mysqldb://" "aiomysql://" "connector://" "mariadb://" "mongodb://" "mongodb+srv://" "redis://" "rediss://" "amqp://" "amqps://" "mqtt://" "mqtts://" "stomp://" "clickhouse://" "sqlserver://" "oracledb://" "neo4j://" "bolt://" "ftp://" "ftps://" "ldap://" "ldaps://" "smb://" "rtsp://" "socks5://" "influxdb://" "couchdb://" "elasticsearch://";
            weak::field: ";password=" "; password=" ";pwd=" "; pwd=" ";password =" "; password =";
            weak::option: ",password=";
            crypt::read: ":$6$" ":$5$" ":$1$" ":$y$" "\"$1$" "\"$5$" "'$6$" "'$5$" "'$1$" "\"$6$" "$2a$" "$2b$" "$2y$" "$apr1$" "$argon2" "pbkdf2_sha" "{ssha" ":{sha}" "$p$b" "=$6$" " $6$";
            crypt::identity: "aqaaaaeaaccqaaaae" "aqaaaaiaayagaaaae";
            docker::read: "\"auth\"";
            transfer::filezilla: "<pass>" "<pass encoding";
            transfer::sftp: "uploadonsave" "upload_on_save" "remotepath" "remote_path";
            transfer::jetbrains: "<filetransfer";
            transfer::dreamweaver: "<remoteinfo";
            transfer::server: "<server>";
            transfer::tomcat: "roles=\"";
            wordpress::read: "db_password" "_salt" "auth_key" "logged_in_key" "nonce_key";
            django::read: "secret_key";
            kubernetes::read: "kind: secret" "kind:  secret" "kind:   secret" "kind: \"secret\"" "kind: 'secret'" "\"kind\": \"secret\"" "\"kind\":\"secret\"" "\"kind\" : \"secret\"";
            terraform::read: "\"sensitive\": true" "\"sensitive\":true";
            terraform::drawn: "\"random_password\"";
            ansible::read: "ansible_pass" "ansible_ssh_pass" "ansible_become_pass" "ansible_sudo_pass" "ansible_winrm_pass" "ansible_become_password";
            command::read: "sshpass" "mysql" "mariadb" "curl " "curl\"" "docker login" "podman login" "registry login" "wget " "redis-cli" "smbclient" "ldapsearch" "ldapadd" "ldapmodify"
                "ldapwhoami" "plink " "pscp " "sqlcmd" "mongo" "keytool" "jarsigner" "openssl" "htpasswd" "az login" "cqlsh" "clickhouse-client" "zip -" "unzip -" "7z " "7za " "svn " "gpg " "gpg2 " "lftp " "rsync " "snmpwalk" "snmpget" "snmpset" "snmpbulk" "snmptrap" "snmpstatus" "net-snmp-create" "twine upload" "psexec" "useradd" "usermod" "bcp " "osql" "ipmitool" "racadm" "steghide" "veracrypt" "redis-server" "schtasks" "murmurd" "open -u ";
            command::piped: "chpasswd";
            command::echoed: "kinit" "cryptsetup" "sudo -" "--password-stdin" "passwd --stdin" "gpg --passphrase-fd";
            command::net_user: "net user ";
            sql::read: "identified by" "identified with" "password '" "password='" "password = '" "password=n'" "password = n'" "= password('";
            insert::read: "insert into ";
            option_file::read: "[client]" "[mysqldump]" "[mysql]" "[pypi]" "[testpypi]" "[server-login]" "[distutils]";
            option_file::subversion: "k 8\npassword";
            otp::read: "otpauth://";
            otp::google: "\n\" rate_limit" "\n\" window_size" "\n\" disallow_reuse" "\n\" totp_auth" "\n\" hotp_counter";
            wallet::read: "mnemonic" "seed phrase" "seed_phrase" "seedphrase" "seed words" "recovery phrase" "recovery_phrase" "wallet_seed" "seed: " "seed = " "seed\": " "seed\":[" "words = [" "words=[" "words: [" "words: \"" "words\": [" "words\":[" "words:\n" "words:\r\n" "seedwords" "phrase = [" "phrase: [" "phrase\": " "phrase\":\"" "phrase = \"" "phrase = '";
            wallet::numbered: "\n12. " "\n12) " "\n 12. " "\n  12. ";
            wallet::array: "uint8array.from([" "uint8array([" "private_key=[" "private_key = [" "secret_key = [" "secretkey = [" "secretkey: [" "secretkey\":[" "secretkey\": [";
            listed::table: "username,password" "user,password" "email,password" "login,password" "login_password" "username\",\"password" "name\",\"password" "username;password" "user;password" "login;password" "email;password"
                "username\tpassword" "user\tpassword" "email\tpassword" "user name,password" "login name\",\"password" "url,password" "username,passwd" "username,pass," "password,url" "password,email";
            listed::chpasswd: "chpasswd:";
            argument::read: "passwordauthentication(" "passwordauthenticator(" "passwordcredentials(" "networkcredential(" "httpbasicauth(" ".basicauth(" "httpdigestauth("
                "authenticationheadervalue(" "authorization_basic(" "basic_auth(" "basic_auth '" "basic_auth \"" "simple_bind_s(" "setbasicauth("
                "getconnection(" "mysqli(" "mysqli_connect(" "mysql_connect(" "mysql_real_connect(" "new pdo(" "dbi->connect(" "odbc_connect(" "oci_connect("
                "new sequelize(" "auth=(" "auth = (" "plainauth(" "ftp_login(" "ldap_bind(" "imap_open(" "ssh2_auth_password(" "withemailandpassword("
                "create_user(" "create_superuser(" "x509certificate2(" "wifi.begin(" "generate_password_hash(" "make_password(" "hashsync(" "bcrypt.hash("
                " ftp(" "credentials::new(" " credentials(" "sp_addlogin " "sp_addlinkedsrvlogin " "convertto-securestring" "get_password_hash(" "hash_password(" "hashpassword(" "passwordencoder.encode(" "bcrypt.hashpw(" "verifyhashedpassword(" "jwt.sign(" "jwt.verify("
                "jwt.encode(" "jwt.decode(" "jwt::encode(" "jwt::decode(" "jwt.encode " "jwt.decode " "secretkeyspec(" "ivparameterspec("
                "symmetricsecuritykey(" "signwith(" "hmac256(" "hmac384(" "hmac512(" "hmacsha1(" "hmacsha256(" "hmacsha512(" "hmac.hexdigest("
                "hmac_sha256_hex(" "createcipher(" "createdecipher(" "createcipheriv(" "createdecipheriv(" "createhmac(" "aes.encrypt(" "aes.decrypt("
                "aes.new(" "aes.newcipher(" "newcookiestore(" "cookieparser(" "timedserializer(" "oauthhandler(" "fernet(" "hmac.new(" "signedstring("
                "key::from_secret(" "pyotp.totp(" "pyotp.hotp(" "authenticator.generate(" "hash_hmac(" "openssl_encrypt(" "openssl_decrypt(" "provider :"
                ".login(" ".connect(" ".authenticate(" ".auth(" ">login(" ">connect(" ">authenticate(";
            argument::client: "api(\"" "api('" "client(\"" "client('" "sdk(\"" "sdk('";
            argument::salted: "md5(\"" "md5('" "sha1(\"" "sha1('" "sha256(\"" "sha256('";
            argument::characters: "\".tochararray(";
            cookie::read: "sessionid" "session_id" "phpsessid" "jsessionid" "connect.sid" "asp.net_sessionid" "_session=" "laravel_session" "session=" "aspxauth" "remember_token=";
            network::reversible: "password 7 " "key 7 " "secret 7 " "key-string 7 ";
            network::hashed: "secret 4 " "secret 5 " "secret 8 " "secret 9 ";
            network::community: "snmp-server community " "snmp community " "rocommunity " "rwcommunity " "rocommunity6 ";
            network::user: "snmp-server user " "createuser ";
            network::shared: "isakmp key " "radius-server key " "tacacs-server key " "ascii-text " "bindpw " "rootpw " "password 0 " "secret 0 " "authentication-key ";
            network::given: "enable password " "key-string " "wpa-psk ascii " "pre-shared-key " "psksecret " "password simple " "password cipher " "irreversible-cipher " "encrypted-password " "password password " "-again password "
                "_again password " "\npasswd " "set passwd " "password enc " "secret \"$9$";
            network::later: "tacacs-server host " "radius-server host " "neighbor " "message-digest-key " "\nusername " "chap password " "com2sec ";
            network::vty: "\n password ";
            command::net_use: "net use ";
            keystore::raw: "+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{11}\u{1}\u{1}" "+\u{6}\u{1}\u{4}\u{1}*\u{2}\u{13}\u{1}" "\r\u{1}\u{c}\n\u{1}\u{2}";
            pgp::rsa: "\0\u{11}\u{1}\0\u{1}";
            pgp::ed25519: "\u{16}\t+\u{6}\u{1}\u{4}\u{1}";
            pgp::encoded: "lqoxbf" "lqoxbg" "lqoybf" "lqoybg" "lqpfbf" "lqpfbg" "lqpgbf" "lqpgbg" "lqo+bf" "lqo+bg" "lqo9bf" "lqo9bg" "lqvxbf" "lqvxbg" "lqvybf" "lqvybg" "lqwfbf" "lqwfbg" "lqwgbf" "lqwgbg" "lqcxbf" "lqcxbg" "lqcybf" "lqcybg" "lqdfbf" "lqdfbg" "lqdgbf" "lqdgbg" "lqc+bf" "lqc+bg" "lqc9bf" "lqc9bg" "lfgex" "lfgey" "lfgez" "liyex" "liyey" "liyez";
            keystore::read: "/u3+7qaaa" "ibazcc" "zs7ozgaaa";
        }
    };
}
