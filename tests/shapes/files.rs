//! Credential files, told by their grammar.

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

pub const SHAPES: &[Shape] = &[
    shape(
        ".netrc",
        &[
            "machine api.northwind.dev login deploy password «§pw»\n",
            "machine api.northwind.dev\n  login deploy\n  password «§word»\n",
            "machine ftp.northwind.dev\nlogin deploy\naccount acme\npassword «§pw»\n",
            "default login deploy password «§pw»\n",
            "machine imap.northwind.dev port 993 login \"ada\" password \"«§pw»\"\n",
        ],
    ),
    fixed(
        ".pgpass",
        &[
            "db.northwind.dev:5432:app:deploy:«§pw»\n",
            "*:*:*:deploy:«§word»\n",
            "10.0.4.7:6432:app:deploy:«§pw»\n",
            "localhost:5433:*:postgres:«§pw»\n# end\n",
        ],
    ),
    shape(
        ".git-credentials",
        &[
            "https://deploy:«§pw»@git.northwind.dev\n",
            "https://ada%40northwind.dev:«§pw»@code.northwind.dev/team/app.git\n",
            "http://deploy:«§word»@git.northwind.dev:8080\n",
        ],
    ),
    with(
        ".htpasswd",
        &[
            "ada:«$apr1$%{base62:8}$%{base62:22}»\n",
            "ada:«$2y$05$%{base62:53}»\n",
            "ada:«$apr1$%{base62:8}$%{base62:22}»\ngrace:$2y$10$%{base62:53}\n",
        ],
        &["ada:$apr1$salt$hash\n", "ada:$2y$05$\n", "# user:$apr1$...\n", "ada:!\n"],
    ),
    with(
        "/etc/shadow",
        &[
            "root:«$6$%{base62:16}$%{base62:86}»:19000:0:99999:7:::\n",
            "ada:«$y$j9T$%{base62:22}$%{base62:43}»:19311:0:99999:7:::\n",
            "daemon:*:18375:0:99999:7:::\nada:«$5$%{base62:16}$%{base62:43}»:18375:0:99999:7:::\nsys:!:18375:0:99999:7:::\n",
        ],
        &[
            "root:*:19000:0:99999:7:::\n",
            "ada:!:19000:0:99999:7:::\n",
            "ada:x:1000:1000::/home/ada:/bin/bash\n",
            "root:!!:19000:0:99999:7:::\n",
        ],
    ),
    with(
        "SQL dump with hashes",
        &[
            "INSERT INTO `users` (`id`, `name`, `password`) VALUES (1, 'ada', '«$2y$10$%{base62:53}»');\n",
            "INSERT INTO users VALUES (1,'ada@northwind.dev','«$2b$12$%{base62:53}»','2026-01-01'),(2,'g','$2b$12$%{base62:53}','');\n",
            "COPY public.users (id, email, password_digest) FROM stdin;\n1\tada@northwind.dev\t«$2a$11$%{base62:53}»\t2026-01-01\n\\.\n",
            "INSERT INTO auth_user VALUES (1,'«pbkdf2_sha256$600000$%{base62:22}$%{base64:44}»',NULL,1,'ada');\n",
        ],
        &[
            "INSERT INTO users VALUES (1, 'ada', 'x');\n",
            "INSERT INTO commits VALUES (1, '%{hex:40}');\n",
            "INSERT INTO users (id, password) VALUES ($1, $2);\n",
            "INSERT INTO files VALUES (1,'%{hex:64}','a.png');\n",
        ],
    ),
    with(
        ".npmrc",
        &[
            "//registry.npmjs.org/:_authToken=«npm_%{base62:30}%{digits:6}»\n",
            "//npm.northwind.dev/:_authToken=«%{uuid}»\nregistry=https://npm.northwind.dev/\n",
            "_auth=«§64(deploy:§pw)64»\nemail=ada@northwind.dev\n",
            "//npm.northwind.dev/:username=deploy\n//npm.northwind.dev/:_password=«§64(§pw)64»\n",
            "//npm.northwind.dev/:_authToken = \"«%{base64:44}»\"\n",
        ],
        &[
            "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n",
            "//npm.northwind.dev/:_authToken=\nregistry=https://npm.northwind.dev/\n",
            "_auth=${NPM_AUTH}\nemail=ada@northwind.dev\n",
            "//npm.northwind.dev/:_password=<base64 of the password>\n",
            "always-auth=true\nsave-exact=true\n",
        ],
    ),
    shape(
        ".pypirc",
        &[
            "[distutils]\nindex-servers =\n    pypi\n\n[pypi]\nusername: deploy\npassword: «§pw»\n",
            "[pypi]\nusername = deploy\npassword = «§word»\n",
            "[testpypi]\nrepository = https://test.pypi.org/legacy/\nusername = ada\npassword = «§pw»\n",
            "[distutils]\nindex-servers =\n  acme\n\n[acme]\nrepository: https://pypi.northwind.dev\nusername: deploy\npassword: «§pw»\n",
        ],
    ),
    shape(
        "Docker config.json",
        &[
            "{\"auths\": {\"registry.northwind.dev\": {\"auth\": \"«§64(deploy:§pw)64»\"}}}\n",
            "{\n\t\"auths\": {\n\t\t\"https://index.docker.io/v1/\": {\n\t\t\t\"auth\": \"«§64(deploy:§word)64»\"\n\t\t}\n\t}\n}\n",
            "{\"auths\":{\"ghcr.northwind.dev\":{\"username\":\"deploy\",\"password\":\"«§pw»\",\"email\":\"\"}}}\n",
            "{\"https://registry.northwind.dev/v2/\": {\"email\": \"ada@northwind.dev\", \"auth\": \"«§64(ada:§pw)64»\"}}\n",
        ],
    ),
    shape(
        "FileZilla",
        &[
            "<Server>\n <Host>ftp.northwind.dev</Host>\n <User>deploy</User>\n <Pass encoding=\"base64\">«§64(§pw)64»</Pass>\n</Server>\n",
            "<Server><Host>ftp.northwind.dev</Host><Port>21</Port><User>deploy</User><Pass>«§pw»</Pass></Server>\n",
            "<Host>ftp.northwind.dev</Host>\n<Protocol>0</Protocol>\n<User>deploy</User>\n<Pass encoding=\"base64\">«§64(§word)64»</Pass>\n",
        ],
    ),
    shape(
        "sftp and IDE deployment",
        &[
            "{\n  \"host\": \"northwind.dev\",\n  \"username\": \"deploy\",\n  \"password\": \"«§pw»\",\n  \"remotePath\": \"/srv\",\n  \"uploadOnSave\": true\n}\n",
            "{\"type\": \"sftp\", \"host\": \"northwind.dev\", \"user\": \"deploy\", \"password\": \"«§word»\", \"remote_path\": \"/srv/\", \"upload_on_save\": false}\n",
            "{\"host\":\"northwind.dev\",\"user\":\"deploy\",\"pass\":\"«§pw»\",\"port\":21,\"remote\":\"/www\"}\n",
            "[ftp]\nhost = northwind.dev\nuser = deploy\npassword = «§pw»\n",
        ],
    ),
    with(
        "Dreamweaver sites",
        &[
            "<remoteinfo accesstype=\"ftp\" host=\"ftp.northwind.dev\" remoteroot=\"/www/\" user=\"deploy\" pw=\"«755536307A577139805A84»\" />\n",
            "<site>\n <remoteinfo accesstype=\"sftp\"\n  host=\"northwind.dev\"\n  user=\"ada\"\n  pw=\"«576A70773777275277797A707E»\"\n />\n</site>\n",
            "<remoteinfo host=\"northwind.dev\" pw=\"«3967497B633C385375597B6C»\" usesftp=\"TRUE\" user=\"deploy\"/>\n",
        ],
        &[
            "<remoteinfo accesstype=\"ftp\" host=\"ftp.northwind.dev\" user=\"deploy\" pw=\"\" />\n",
            "<remoteinfo accesstype=\"local\" host=\"northwind.dev\" />\n",
            "<remoteinfo accesstype=\"ftp\" host=\"northwind.dev\" user=\"deploy\" pw=\"636963716B6A736C\" />\n",
            "<remoteinfo accesstype=\"ftp\" host=\"northwind.dev\" user=\"deploy\" pw=\"xxxxxxxx\" />\n",
        ],
    ),
    with(
        ".google_authenticator",
        &[
            "«%{base32:26}»\n\" RATE_LIMIT 3 30\n\" WINDOW_SIZE 17\n\" DISALLOW_REUSE\n\" TOTP_AUTH\n%{digits:8}\n%{digits:8}\n",
            "«%{base32:16}»\n\" HOTP_COUNTER 1\n%{digits:8}\n",
            "«%{base32:32}»\n\" TOTP_AUTH\n\" RATE_LIMIT 3 30 1700000000\n%{digits:8}\n",
        ],
        &[
            "TOTP\n\" RATE_LIMIT 3 30\n",
            "\" options\n\" TOTP_AUTH\n",
            "AAAAAAAAAAAAAAAAAAAAAAAAAA\n\" TOTP_AUTH\n",
            "# the first line is the seed\n\" TOTP_AUTH\n",
        ],
    ),
    Shape {
        name: "JetBrains web servers",
        // Each character XORed with dfaa.
        secrets: &[
            "<fileTransfer accessType=\"SFTP\" host=\"northwind.dev\" port=\"22\" username=\"deploy\" password=\"«dff9dfc2dfcbdfd8dfdadf9ddf9bdfe7dfdddf84dfd2»\" />\n",
            "<webServer url=\"https://northwind.dev\">\n  <fileTransfer host=\"northwind.dev\" password=\"«dfc1df92dff0df9bdffddfd8dfcedf87dfc7dfe6»\" username=\"deploy\">\n",
        ],
        harmless: &[
            "<fileTransfer accessType=\"SFTP\" host=\"northwind.dev\" port=\"22\" username=\"deploy\" />\n",
            "<fileTransfer host=\"northwind.dev\" password=\"\" username=\"deploy\">\n",
        ],
        is_fixed: false,
    },
    shape(
        "WinSCP and PuTTY sessions",
        &[
            "[Sessions\\deploy@northwind.dev]\nHostName=northwind.dev\nUserName=deploy\nPassword=«A35C%{HEX:48}»\n",
            "[Sessions\\prod]\nHostName=10.1.2.3\nPortNumber=2222\nUserName=root\nPasswordPlain=«§pw»\n",
        ],
    ),
    shape(
        "wp-config.php",
        &[
            "<?php\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', '«§pw»' );\ndefine( 'DB_HOST', 'localhost' );\n",
            "define('DB_PASSWORD', \"«§word»\");\n",
            "define('AUTH_KEY',         '«%{[a-zA-Z0-9~!@#^&_+=.,;:-]:64}»');\n",
            "define( 'NONCE_SALT', '«%{[a-zA-Z0-9~!@#^&_+=.,;:-]:64}»' );\n",
        ],
    ),
    with(
        "Rails secrets.yml",
        &[
            "production:\n  secret_key_base: «%{hex:128}»\n",
            "development:\n  secret_key_base: %{hex:128}\nproduction:\n  secret_key_base: \"«%{hex:128}»\"\n",
        ],
        &[
            "production:\n  secret_key_base: <%= ENV[\"SECRET_KEY_BASE\"] %>\n",
            "%{hex:32}  a.tar.gz\n",
            "%{hex:40}\n",
            "secret_key_base: changeme\n",
        ],
    ),
    shape(
        "Django SECRET_KEY",
        &[
            "SECRET_KEY = '«%{[a-z0-9!@#$%^&*(_=+)-]:50}»'\n",
            "SECRET_KEY = 'django-insecure-«%{[a-z0-9!@#$%^&*(_=+)-]:50}»'\n",
            "SECRET_KEY = os.environ.get('DJANGO_SECRET_KEY', '«%{[a-z0-9!@#^&*(_=+)-]:50}»')\n",
            "SECRET_KEY=«%{base62:49}7»\n",
        ],
    ),
    with(
        "s3cfg, boto, AWS credentials",
        &[
            "[default]\naccess_key = AKIA%{[A-Z2-7]:16}\nsecret_key = «%{base62:40}»\nbucket_location = US\n",
            "[default]\naws_access_key_id = AKIA%{[A-Z2-7]:16}\naws_secret_access_key = «%{base62:39}+»\n",
            "[Credentials]\naws_access_key_id = AKIA%{[A-Z2-7]:16}\naws_secret_access_key = «%{base62:20}/%{base62:19}»\n",
            "[profile ci]\nregion = eu-central-1\naws_secret_access_key=«%{base62:40}»\n",
        ],
        &[
            "[default]\naccess_key = \nsecret_key = \nbucket_location = US\n",
            "[default]\naws_access_key_id = ${AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}\n",
            "[profile ci]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/ci\n",
            "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
        ],
    ),
    with(
        "gcloud",
        &[
            "{\n \"client_id\": \"32555940559.apps.googleusercontent.com\",\n \"client_secret\": \"«%{base62:20}4_x%{base62:1}»\",\n \"refresh_token\": \"1//0%{base62:90}4x\",\n \"type\": \"authorized_user\"\n}\n",
            "{\"type\": \"authorized_user\", \"client_id\": \"x.apps.googleusercontent.com\", \"refresh_token\": \"«1//0%{base62:90}4x»\"}\n",
            "{\n  \"type\": \"service_account\",\n  \"private_key_id\": \"%{hex:40}\",\n  \"private_key\": \"«%{pem:PRIVATE KEY}\\n»\",\n  \"client_email\": \"ci@acme.iam.gserviceaccount.com\"\n}\n",
        ],
        &[
            "{\"client_id\": \"32555940559.apps.googleusercontent.com\", \"type\": \"authorized_user\"}\n",
            "{\"type\": \"authorized_user\", \"refresh_token\": \"${REFRESH_TOKEN}\"}\n",
            "{\"type\": \"service_account\", \"private_key_id\": \"%{hex:40}\", \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----\\n\"}\n",
            "[core]\naccount = ada@northwind.dev\nproject = northwind-prod\n",
        ],
    ),
    with(
        "heroku, tugboat, rclone",
        &[
            "machine api.heroku.com\n  login ada@northwind.dev\n  password «%{uuid}»\n",
            "---\nauthentication:\n  access_token: «%{hex:64}»\nssh:\n  ssh_user: root\n",
            "authentication:\n  client_key: «%{hex:32}»\n  api_key: %{hex:32}\nssh:\n  ssh_user: root\n",
            "[box]\ntype = sftp\nhost = northwind.dev\nuser = deploy\npass = «%{base64url:40}»\n",
            "[b2]\ntype = b2\naccount = 000%{hex:12}0000000001\nkey = «K001%{base62:24}4xY»\n",
            "[drive]\ntype = drive\ntoken = {\"access_token\":\"ya29.%{base64url:120}\",\"token_type\":\"Bearer\",\"refresh_token\":\"«1//0%{base62:90}4x»\"}\n",
        ],
        &[
            "machine api.heroku.com\n  login ada@northwind.dev\n  password <api key>\n",
            "authentication:\n  access_token: ${DO_TOKEN}\nssh:\n  ssh_user: root\n",
            "[box]\ntype = sftp\nhost = northwind.dev\nuser = deploy\n",
            "[drive]\ntype = drive\nscope = drive.readonly\n",
        ],
    ),
    shape(
        "kubeconfig",
        &[
            "apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: «%{base62:40}7x»\n",
            "users:\n- name: admin\n  user:\n    username: admin\n    password: «§pw»\n",
            "users:\n- name: admin\n  user:\n    client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t\n    client-key-data: «%{b64:%{pem:RSA PRIVATE KEY}}»\n",
        ],
    ),
    Shape {
        name: "Kubernetes Secret",
        secrets: &[
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  value: «§64(§pw)64»\n",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\nstringData:\n  value: \"«§word»\"\n",
            "kind: Secret\napiVersion: v1\ndata:\n  username: YWRh\n  password: «§64(§word)64»\n",
            "{\"kind\": \"Secret\", \"apiVersion\": \"v1\", \"data\": {\"value\": \"«§64(§pw)64»\"}}\n",
            "---\nkind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\nstringData:\n  value: «§pw»\n",
        ],
        harmless: &[],
        is_fixed: true,
    },
    shape(
        "Terraform state",
        &[
            "{\"version\": 4, \"outputs\": {\"db\": {\"value\": \"«§pw»\", \"type\": \"string\", \"sensitive\": true}}}\n",
            "\"attributes\": {\n  \"engine\": \"postgres\",\n  \"password\": \"«§word»\",\n  \"username\": \"app\"\n}\n",
            "\"instances\": [{\"attributes\": {\"result\": \"x\", \"secret\": \"«%{base62:38}4x»\", \"user\": \"ci\"}}]\n",
        ],
    ),
    shape(
        "Ansible inventory",
        &[
            "web1 ansible_host=10.0.0.4 ansible_user=root ansible_ssh_pass=«§pw»\n",
            "[web:vars]\nansible_become_password=«§word»\n",
            "all:\n  vars:\n    ansible_password: «§pw»\n",
            "db1 ansible_connection=winrm ansible_winrm_pass='«§pw»'\n",
        ],
    ),
    shape(
        "Maven, Tomcat, Gradle, NuGet",
        &[
            "<server>\n  <id>nexus</id>\n  <username>deploy</username>\n  <password>«§pw»</password>\n</server>\n",
            "<user username=\"deploy\" password=\"«§word»\" roles=\"manager-gui\"/>\n",
            "nexusUsername=deploy\nnexusPassword=«§pw»\n",
            "<packageSourceCredentials><acme><add key=\"Username\" value=\"deploy\" /><add key=\"ClearTextPassword\" value=\"«§pw»\" /></acme></packageSourceCredentials>\n",
        ],
    ),
    shape(
        ".my.cnf",
        &[
            "[client]\nuser = deploy\npassword = «§pw»\n",
            "[mysqldump]\nuser=deploy\npassword=\"«§word»\"\n",
            "[mysql]\nhost = db\npassword='«§pw»'\n",
        ],
    ),
];
