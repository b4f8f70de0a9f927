//! The words that names are made of, in lower case. Data only: what a combination means is decided in `name`.

/// Words after the telling one that change nothing: `password_prod`, `SECRET_KEY_BASE`, `token1`.
#[rustfmt::skip]
pub(super) fn is_neutral(word: &[u8]) -> bool {
    matches!(
        word,
        b"a" | b"admin" | b"again" | b"and" | b"android" | b"api" | b"app" | b"aws" | b"b" | b"backup" | b"base"
        | b"base64" | b"bytes" | b"c" | b"clear" | b"client" | b"confirm" | b"confirmation" | b"const"
        | b"content" | b"current" | b"data" | b"database" | b"db" | b"dec" | b"decrypted" | b"default" | b"dev"
        | b"development" | b"enc" | b"encrypted" | b"env" | b"eu" | b"for" | b"github" | b"google" | b"h"
        | b"header" | b"hex" | b"in" | b"int" | b"ios" | b"is" | b"key" | b"literal" | b"live" | b"local"
        | b"main" | b"master" | b"md" | b"my" | b"new" | b"of" | b"old" | b"one" | b"pem" | b"plain"
        | b"plaintext" | b"primary" | b"prod" | b"production" | b"qa" | b"raw" | b"read" | b"readonly" | b"repeat"
        | b"ro" | b"root" | b"rw" | b"s" | b"sandbox" | b"secondary" | b"server" | b"service" | b"sha" | b"stage"
        | b"staging" | b"str" | b"string" | b"test" | b"testing" | b"tests" | b"text" | b"the" | b"to" | b"two"
        | b"uat" | b"unencrypted" | b"us" | b"user" | b"v" | b"val" | b"value" | b"verify" | b"web" | b"write"
        | b"x"
    )
}

/// Words that make a name one of something else, wherever they stand after the telling word.
#[rustfmt::skip]
pub(super) fn is_negative(word: &[u8]) -> bool {
    matches!(
        word,
        b"account" | b"action" | b"authentication" | b"authenticator" | b"address" | b"age" | b"alg" | b"algo" | b"algorithm" | b"alias" | b"answer"
        | b"arg" | b"args" | b"arn" | b"array" | b"at" | b"attr" | b"attribute" | b"audience" | b"backend"
        | b"bit" | b"bits" | b"board" | b"btn" | b"button" | b"cache" | b"callback" | b"change" | b"changed"
        | b"checksum" | b"class" | b"cmd" | b"code" | b"codes" | b"col" | b"color" | b"column" | b"command"
        | b"complexity" | b"component" | b"config" | b"configuration" | b"controller" | b"cookie" | b"cost"
        | b"count" | b"counter" | b"created" | b"css" | b"date" | b"delimiter" | b"desc" | b"description"
        | b"dialog" | b"dict" | b"digest" | b"dir" | b"directory" | b"disabled" | b"down" | b"ed" | b"element"
        | b"email" | b"enabled" | b"encoder" | b"encoding" | b"endpoint" | b"engine" | b"entry" | b"err"
        | b"error" | b"errors" | b"event" | b"example" | b"examples" | b"exception" | b"exec" | b"expiration"
        | b"expire" | b"expired" | b"expires" | b"expiry" | b"extension" | b"factory" | b"failed" | b"failure"
        | b"field" | b"fieldname" | b"fields" | b"file" | b"filename" | b"filepath" | b"files" | b"filter"
        | b"fingerprint" | b"flag" | b"flags" | b"fn" | b"folder" | b"forgot" | b"forgotten" | b"form" | b"format"
        | b"frame" | b"frames" | b"func" | b"function" | b"generator" | b"group" | b"guard" | b"handler" | b"hash"
        | b"hashed" | b"hasher" | b"hashes" | b"help" | b"hidden" | b"hint" | b"history" | b"host" | b"hostname"
        | b"href" | b"icon" | b"id" | b"identifier" | b"ids" | b"idx" | b"image" | b"index" | b"info" | b"ing"
        | b"input" | b"interceptor" | b"invalid" | b"issuer" | b"item" | b"items" | b"iterations" | b"kid"
        | b"kind" | b"label" | b"labels" | b"len" | b"length" | b"less" | b"lexer" | b"lifetime" | b"limit"
        | b"limits" | b"line" | b"link" | b"list" | b"listener" | b"log" | b"logger" | b"mail" | b"manager"
        | b"map" | b"mapping" | b"max" | b"message" | b"messages" | b"method" | b"middleware" | b"min"
        | b"mismatch" | b"modal" | b"mode" | b"model" | b"module" | b"msg" | b"mutation" | b"name" | b"names"
        | b"namespace" | b"node" | b"note" | b"num" | b"number" | b"object" | b"offset" | b"op"
        | b"operation" | b"ops" | b"option" | b"optional" | b"options" | b"output" | b"owner" | b"page" | b"pair"
        | b"pairs" | b"param" | b"parameter" | b"parameters" | b"params" | b"parser" | b"path" | b"paths"
        | b"pattern" | b"permission" | b"permissions" | b"phone" | b"placeholder" | b"plugin" | b"policies"
        | b"policy" | b"pos" | b"position" | b"prefix" | b"press" | b"prompt" | b"properties" | b"property"
        | b"protected" | b"protection" | b"provider" | b"providers" | b"pub" | b"public" | b"query" | b"question"
        | b"range" | b"ref" | b"reference" | b"refresh" | b"regex" | b"regexp" | b"renewal" | b"repo"
        | b"repository" | b"request" | b"required" | b"reset" | b"resolver" | b"response" | b"result" | b"results"
        | b"ring" | b"role" | b"rotation" | b"rounds" | b"route" | b"router" | b"row" | b"rows" | b"rule"
        | b"rules" | b"scanner" | b"schema" | b"scope" | b"scopes" | b"screen" | b"script" | b"seed_type"
        | b"selector" | b"separator" | b"service_account" | b"settings" | b"sig" | b"signature" | b"size"
        | b"source" | b"space" | b"spec" | b"specs" | b"start" | b"state" | b"status" | b"storage" | b"store"
        | b"stream" | b"strength" | b"stroke" | b"style" | b"subject" | b"success" | b"suffix" | b"symbol"
        | b"table" | b"tag" | b"template" | b"templates" | b"through" | b"thumbprint" | b"time" | b"timeout"
        | b"timestamp" | b"title" | b"tokenizer" | b"tooltip" | b"translation" | b"ttl" | b"typ" | b"type"
        | b"types" | b"up" | b"update" | b"updated" | b"uri" | b"url" | b"urls" | b"usage" | b"usages" | b"use"
        | b"uuid" | b"valid" | b"validation" | b"validator" | b"validators" | b"vault" | b"ver" | b"version"
        | b"view" | b"views" | b"visible" | b"vocab" | b"word" | b"word_reset" | b"words" | b"xpath"
    )
}

/// Words before the telling one that make it harmless.
#[rustfmt::skip]
pub(super) fn is_harmless(word: &[u8]) -> bool {
    matches!(
        word,
        b"allow" | b"ephemeral" | b"pinned" | b"postman" | b"sealed" | b"socket" | b"stored" | b"stylesheet" | b"websocket" | b"wrapped" | b"alt" | b"anon" | b"authenticity" | b"apt" | b"arrow" | b"attr" | b"attribute" | b"bad" | b"blank" | b"bos"
        | b"bucket" | b"by" | b"ca" | b"cache" | b"cancel" | b"cancellation" | b"cert" | b"certificate"
        | b"checksum" | b"client_id" | b"close" | b"column" | b"comment" | b"composite" | b"compound" | b"config"
        | b"continuation" | b"continue" | b"count" | b"csrf" | b"ctrl" | b"cursor" | b"data" | b"dedup"
        | b"delimiter" | b"device" | b"dict" | b"disable" | b"empty" | b"enable" | b"enter" | b"eos" | b"escape"
        | b"etag" | b"event" | b"fcm" | b"field" | b"find" | b"first" | b"foreign" | b"forgot" | b"from" | b"get"
        | b"gpg" | b"group" | b"has" | b"hash" | b"hide" | b"host" | b"hot" | b"i" | b"idempotency"
        | b"idempotent" | b"identifier" | b"if" | b"incorrect" | b"index" | b"integrity" | b"invalid" | b"is"
        | b"join" | b"json" | b"keyword" | b"known" | b"label" | b"lang" | b"last" | b"lexer" | b"license"
        | b"locale" | b"lock" | b"lookup" | b"map" | b"mask" | b"max" | b"menu" | b"message" | b"meta" | b"metric"
        | b"min" | b"mutation" | b"n" | b"natural" | b"nav" | b"need" | b"next" | b"no" | b"node" | b"not"
        | b"num" | b"number" | b"object" | b"on" | b"open" | b"operator" | b"option" | b"order" | b"pad" | b"page"
        | b"param" | b"parse" | b"partition" | b"peer" | b"pgp" | b"prev" | b"previous" | b"primary" | b"prop"
        | b"property" | b"pub" | b"public" | b"publishable" | b"punctuation" | b"push" | b"query" | b"react" | b"recv"
        | b"registration" | b"registry" | b"render" | b"require" | b"requires" | b"reset" | b"route" | b"routing"
        | b"row" | b"s3" | b"scheme" | b"search" | b"setting" | b"shift" | b"show" | b"site" | b"sort" | b"space"
        | b"special" | b"split" | b"ssh" | b"state" | b"stop" | b"storage" | b"string" | b"sync" | b"syntax"
        | b"tab" | b"tag" | b"to" | b"toggle" | b"translation" | b"trusted" | b"type" | b"unique" | b"unk"
        | b"use" | b"verification" | b"verify" | b"with" | b"without" | b"wrong" | b"xsrf"
    )
}

/// Words that make a key one that opens something.
#[rustfmt::skip]
pub(super) fn owns_keys(word: &[u8]) -> bool {
    matches!(
        word,
        b"access" | b"account" | b"activation" | b"admin" | b"aes" | b"api" | b"app" | b"application" | b"auth"
        | b"authorization" | b"aws" | b"azure" | b"blowfish" | b"cipher" | b"client" | b"consumer" | b"cookie"
        | b"crypt" | b"crypto" | b"data" | b"decryption" | b"dek" | b"deploy" | b"des" | b"dev" | b"developer"
        | b"encrypt" | b"encrypted" | b"encryption" | b"fernet" | b"function" | b"functionkey" | b"functions"
        | b"google" | b"hash" | b"hmac" | b"host" | b"ingest" | b"instrumentation" | b"integration" | b"jwt"
        | b"kek" | b"kms" | b"licence" | b"license" | b"mac" | b"mail" | b"maps" | b"master" | b"merchant"
        | b"network" | b"openai" | b"otp" | b"partner" | b"pay" | b"payment" | b"preshared" | b"private"
        | b"product" | b"psk" | b"rc" | b"recovery" | b"rest" | b"root" | b"salt" | b"secret" | b"security"
        | b"seed" | b"sendgrid" | b"server" | b"service" | b"session" | b"shared" | b"sign" | b"signature"
        | b"signing" | b"sms" | b"smtp" | b"storage" | b"stripe" | b"subscription" | b"sym" | b"symmetric"
        | b"tea" | b"token" | b"totp" | b"twilio" | b"unseal" | b"user" | b"vendor" | b"wallet" | b"weather"
        | b"webhook" | b"wifi" | b"wpa" | b"write" | b"xor"
    )
}

/// Words for a password, whole.
#[rustfmt::skip]
pub(super) fn is_password(word: &[u8]) -> bool {
    matches!(
        word,
        b"adminpass" | b"authpass" | b"basepass" | b"contrasena" | b"dbpass" | b"emailpass" | b"ftppass"
        | b"kennwort" | b"keypass" | b"ldappass" | b"loginpass" | b"mailpass" | b"mypass" | b"mysqlpass" | b"pass"
        | b"passcode" | b"passphrase" | b"passw" | b"passwd" | b"password" | b"passwords" | b"passwort"
        | b"pgpass" | b"proxypass" | b"psw" | b"pswd" | b"pwd" | b"pword" | b"rootpass" | b"senha" | b"smtppass"
        | b"sqlpass" | b"sshpass" | b"storepass" | b"testpass" | b"userpass"
    )
}

/// Words that make a token one that opens something.
#[rustfmt::skip]
pub(super) fn owns_tokens(word: &[u8]) -> bool {
    matches!(
        word,
        b"access" | b"admin" | b"api" | b"app" | b"auth" | b"bearer" | b"bot" | b"client" | b"consumer" | b"deploy" | b"discord" | b"github"
        | b"gitlab" | b"hook" | b"id" | b"jwt" | b"login" | b"master" | b"npm" | b"oauth" | b"personal" | b"private" | b"refresh"
        | b"root" | b"secret" | b"security" | b"service" | b"session" | b"slack" | b"telegram" | b"user" | b"vault" | b"webhook"
    )
}

/// Words that leave no doubt that a key is secret.
#[rustfmt::skip]
pub(super) fn owns_secret_keys(word: &[u8]) -> bool {
    matches!(
        word,
        b"access" | b"account" | b"aes" | b"api" | b"auth" | b"cipher" | b"crypt" | b"crypto" | b"encrypt" | b"encryption"
        | b"hmac" | b"jwt" | b"master" | b"private" | b"recovery" | b"secret" | b"security" | b"shared" | b"sign" | b"signing" | b"subscription"
        | b"symmetric" | b"unseal"
    )
}

/// Words before `password` that turn it into a question or an event.
#[rustfmt::skip]
pub(super) fn asks(word: &[u8]) -> bool {
    matches!(
        word,
        b"authenticity" | b"fastcgi" | b"grpc" | b"scgi" | b"uwsgi" | b"bad" | b"enter" | b"error" | b"label" | b"lbl" | b"message" | b"msg" | b"placeholder" | b"txt" | b"blank" | b"by" | b"empty" | b"forget" | b"forgot" | b"has" | b"hide" | b"if" | b"incorrect" | b"invalid" | b"is" | b"need" | b"no"
        | b"old" | b"pref" | b"preference" | b"prefs" | b"require" | b"requires" | b"reset" | b"salted" | b"show" | b"toggle" | b"use" | b"without" | b"wrong"
    )
}
