//! The secrets that a team's procedures name, in the places where teams put them.

use super::Shape;

const fn with(name: &'static str, secrets: &'static [&'static str], harmless: &'static [&'static str]) -> Shape {
    Shape { name, secrets, harmless, is_fixed: false }
}

pub const SHAPES: &[Shape] = &[
    with(
        "Stripe",
        &[
            "STRIPE_SECRET_KEY=«sk_live_51%{base62:97}»\n",
            "stripe.api_key = \"«sk_live_%{base62:23}%{digits:1}»\"\n",
            "{\"key\": \"«rk_live_51%{base62:97}»\"}\n",
            "STRIPE_WEBHOOK_SECRET: «whsec_%{base62:31}4»\n",
            "«sk_live_51%{base62:97}»\n",
        ],
        &[
            "STRIPE_PUBLISHABLE_KEY=pk_live_51%{base62:97}\n",
            "STRIPE_SECRET_KEY=sk_live_...\n",
            "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx\n",
            "STRIPE_WEBHOOK_SECRET=whsec_...\n",
        ],
    ),
    with(
        "Clerk",
        &[
            "CLERK_SECRET_KEY=«sk_live_%{[A-Z]:1}%{base62:39}%{digits:2}»\n",
            "clerkSecretKey: '«sk_test_%{[A-Z]:1}%{base62:39}%{digits:2}»'\n",
            "export CLERK_SECRET_KEY=\"«sk_live_%{[A-Z]:1}%{base62:39}%{digits:2}»\"\n",
        ],
        &[
            "NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=%{checksum:clerk-publishable:pk_live_}\n",
            "CLERK_SECRET_KEY=sk_test_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
        ],
    ),
    with(
        "Lago, Resend, Gemini, Render",
        &[
            "LAGO_API_KEY=«%{uuid}»\n",
            "lago:\n  api_key: \"«%{uuid}»\"\n",
            "LAGO_WEBHOOK_HMAC_KEY=«%{uuid}»\n",
            "lago_webhook_secret: \"«%{base62:38}4x»\"\n",
            "RESEND_API_KEY=«re_%{base62:8}_%{base62:22}4x»\n",
            "const resend = new Resend(\"«re_%{base62:8}_%{base62:22}4x»\");\n",
            "GEMINI_API_KEY=«AIza%{base62:35}»\n",
            "genai.configure(api_key=\"«AIza%{base62:35}»\")\n",
            "RENDER_API_KEY: «rnd_%{base62:28}»\n",
        ],
        &[
            "LAGO_API_KEY=__YOUR_API_KEY__\n",
            "RESEND_API_KEY=re_xxxxxxxxx\n",
            "GEMINI_API_KEY=\n",
            "lago_id: %{uuid}\n",
            "RENDER_API_KEY=${RENDER_API_KEY}\n",
        ],
    ),
    with(
        "Cloudflare",
        &[
            "TURNSTILE_SECRET_KEY=«0x4AAAAAAA%{base64url:23}4x»\n",
            "R2_ACCESS_KEY_ID=%{hex:32}\nR2_SECRET_ACCESS_KEY=«%{hex:64}»\n",
            "TUNNEL_TOKEN=«%{b64:{\"a\":\"%{hex:32}\",\"t\":\"%{uuid}\",\"s\":\"%{b64:%{alnum:32}}\"}}»\n",
            "cloudflared tunnel run --token «%{b64:{\"a\":\"%{hex:32}\",\"t\":\"%{uuid}\",\"s\":\"%{b64:%{alnum:32}}\"}}»\n",
            "CLOUDFLARE_API_TOKEN=«%{base62:37}4x_»\n",
            "cloudflare_api_token = \"«cfut_%{base62:40}%{hex:8}»\"\n",
        ],
        &[
            "TURNSTILE_SITE_KEY=0x4AAAAAAA%{base62:14}\n",
            "CLOUDFLARE_API_TOKEN=\n",
            "CLOUDFLARE_ZONE_ID=%{hex:32}\n",
            "R2_SECRET_ACCESS_KEY=${R2_SECRET_ACCESS_KEY}\n",
        ],
    ),
    with(
        "Sentry and Infisical",
        &[
            "SENTRY_AUTH_TOKEN=«%{checksum:sentry:}»\n",
            "auth.token=«sntryu_%{hex:64}»\n",
            "INFISICAL_CLIENT_ID=%{uuid}\nINFISICAL_CLIENT_SECRET=«%{hex:64}»\n",
            "INFISICAL_TOKEN=«st.%{hex:24}.%{hex:32}.%{hex:32}»\n",
            "INFISICAL_ACCESS_TOKEN=«%{jwt}»\n",
            "infisical login --method=universal-auth --client-id=%{uuid} --client-secret=«%{hex:64}»\n",
        ],
        &[
            "SENTRY_DSN=https://%{hex:32}@o%{digits:6}.ingest.us.sentry.io/%{digits:16}\n",
            "SENTRY_AUTH_TOKEN=\n",
            "INFISICAL_CLIENT_SECRET=${INFISICAL_CLIENT_SECRET}\n",
            "SENTRY_RELEASE=%{hex:40}\n",
        ],
    ),
    with(
        "Supabase, databases, Redis",
        &[
            "SUPABASE_SERVICE_ROLE_KEY=«%{jwt:{\"iss\":\"supabase\",\"ref\":\"abcdefghijklmnopqrst\",\"role\":\"service_role\",\"iat\":1700000000,\"exp\":2015000000}}»\n",
            "SUPABASE_SECRET_KEY=«sb_secret_%{base62:22}_%{base62:8}»\n",
            "DATABASE_URL=postgresql://postgres:«§pw»@db.abcdefghijklmnopqrst.supabase.co:5432/postgres\n",
            "REDIS_URL=rediss://default:«%{base62:30}4x»@eu1-x.upstash.io:6379\n",
            "redis_url: \"redis://:«%{hex:40}»@10.0.0.4:6379\"\n",
        ],
        &[
            "SUPABASE_PUBLISHABLE_KEY=sb_publishable_%{base62:22}_%{base62:8}\n",
            "DATABASE_URL=postgresql://postgres:postgres@localhost:5432/app\n",
            "REDIS_URL=redis://localhost:6379\n",
            "REDIS_URL=redis://:${REDIS_PASSWORD}@cache:6379\n",
        ],
    ),
    with(
        "Slack, Grafana, Mapbox",
        &[
            "SLACK_BOT_TOKEN=«xoxb-%{digits:12}-%{digits:13}-%{base62:24}»\n",
            "curl -X POST «https://hooks.slack.com/services/T%{[0-9A-Z]:10}/B%{[0-9A-Z]:10}/%{base62:24}»\n",
            "GF_SECURITY_ADMIN_PASSWORD=«§pw»\n",
            "[security]\nadmin_user = admin\nadmin_password = «§word»\n",
            "token: «%{checksum:grafana:glsa_}»\n",
            "mapboxgl.accessToken = '«sk.eyJ1Ijoi%{[0-9A-Za-z]:60}.%{base64url:22}»';\n",
        ],
        &[
            "SLACK_BOT_TOKEN=xoxb-your-token\n",
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX\n",
            "mapboxgl.accessToken = 'pk.eyJ1Ijoi%{[0-9A-Za-z]:60}.%{base64url:22}';\n",
            "admin_password = $__file{/run/secrets/grafana}\n",
        ],
    ),
    with(
        "pairs of one entry that stand apart",
        &[
            "{\n \"plaid\": {\n  \"client_id\": \"%{hex:24}\",\n  \"env\": \"production\",\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3,\n  \"d\": 4,\n  \"plaidSecret\": \"«%{hex:30}»\"\n }\n}\n",
            "razorpay:\n  key_id: «rzp_live_%{base62:14}»\n  currency: INR\n  a: 1\n  b: 2\n  c: 3\n  d: 4\n  key_secret: %{base62:23}4\n",
        ],
        &["razorpay:\n  key_id: rzp_live_%{base62:14}\n  currency: INR\n", "plaid:\n  client_id: %{hex:24}\n"],
    ),
    with(
        "an organisation's own keys, by a rule of its own",
        &[
            "LANTERNWORKS_KEY=«lwk_live_%{digits:6}_%{base62:32}»\n",
            "export LW_KEY='«lwk_live_%{digits:6}_%{base62:32}»'\n",
            "lanternworks:\n  organisation: 41\n  key: «lwk_sandbox_%{digits:6}_%{base62:32}»\n",
            "{\"organisation\": \"harbour\", \"credential\": \"«lwk_live_%{digits:6}_%{base62:32}»\"}\n",
            "client.authorise(\"«lwk_live_%{digits:6}_%{base62:32}»\");\n",
            "<add key=\"Lanternworks\" value=\"«lwk_live_%{digits:6}_%{base62:32}»\" />\n",
            "curl -H 'X-Organisation: «lwk_live_%{digits:6}_%{base62:32}»' https://api.lanternworks.example/v1/lamps\n",
            "https://api.lanternworks.example/v1/lamps?k=«lwk_sandbox_%{digits:6}_%{base62:32}»&page=2\n",
            "INSERT INTO partners VALUES (3, 'harbour', '«lwk_live_%{digits:6}_%{base62:32}»');\n",
            "We sent «lwk_live_%{digits:6}_%{base62:32}» to the harbour last week.\n",
            "val keys = listOf(\"none\", \"«lwk_live_%{digits:6}_%{base62:32}»\")\n",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: lamps\ndata:\n  key: «§64(lwk_live_%{digits:6}_%{base62:32})64»\n",
        ],
        &[
            "LANTERNWORKS_KEY=lwk_live_%{digits:6}_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
            "LANTERNWORKS_KEY=${LANTERNWORKS_KEY}\n",
            "prefix = \"lwk_live_\" + organisation.id + \"_\"\n",
            "lanternworks:\n  organisation: %{digits:6}\n  key: lwk_live_%{digits:6}_<32 characters>\n",
            "pattern: 'lwk_(live|sandbox)_[0-9]{6}_[0-9A-Za-z]{32}'\n",
            "lwk_public_%{digits:6}_%{base62:32}\n",
            "table lwk_live_%{digits:6}_archive_of_the_lamps_of_2026\n",
            "log: lwk_live_%{digits:6}_%{base62:8}… was revoked\n",
            "bulkwk_live_%{digits:4}_lamps\n",
            "lwk_live_%{digits:6}_%{base62:30}\n",
        ],
    ),
    with(
        "an application's own secrets",
        &[
            "JWT_SECRET=«%{base62:38}4x»\n",
            "ADMIN_API_KEY=«%{hex:64}»\n",
            "METRICS_SCRAPE_TOKEN=«%{base64url:41}4x»\n",
            "READY_CHECK_TOKEN: \"«%{hex:48}»\"\n",
            "adminApiKey: \"«%{uuid}»\"\n",
            "SESSION_SECRET=«%{base64:44}»\n",
            "\"webhookSecret\": \"«%{hex:40}»\"\n",
        ],
        &[
            "JWT_SECRET=${JWT_SECRET}\n",
            "ADMIN_API_KEY=change-me\n",
            "METRICS_SCRAPE_TOKEN=\n",
            "READY_CHECK_TOKEN: \"{{ ready_check_token }}\"\n",
            "JWT_SECRET=super-secret-jwt-token\n",
        ],
    ),
];
