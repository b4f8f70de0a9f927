//! The lines that no repository can show. They stay on the list: somebody has to look.

use super::{ACCESS, Check, GUARDS, INFRASTRUCTURE, ROTATION, SECRETS, Status};

/// Id, heading, what is asked for, and how to look.
const LINES: &[(&str, &str, &str, &str)] = &[
    (
        "vault-only",
        SECRETS,
        "All secrets are stored in the vault",
        "Compare the vault's folders with the inventory in .stanch.yml",
    ),
    (
        "error-logs",
        SECRETS,
        "No secrets in error reports",
        "Sentry: Settings, Security & Privacy, data scrubbing; then pipe an export through: stanch scan -",
    ),
    (
        "application-logs",
        SECRETS,
        "No secrets in application logs",
        "On the host: pm2 logs --nostream --lines 100000 | stanch scan -",
    ),
    (
        "break-glass-current",
        ROTATION,
        "The emergency file exists elsewhere, encrypted and up to date",
        "Decrypt it, compare its names with the vault's, shred the copy",
    ),
    ("push-protection", GUARDS, "GitHub's push protection is on", "Settings, Code security, Push protection"),
    ("branch-protection", ACCESS, "The main branch asks for a review and for checks", "Settings, Branches"),
    (
        "ssh-keys",
        ACCESS,
        "SSH by keys only, one key per person",
        "sshd -T | grep -i passwordauthentication; look through authorized_keys",
    ),
    (
        "vault-accounts",
        ACCESS,
        "Everybody has an account of their own in the vault",
        "Infisical: Organization, Members",
    ),
    ("two-factor", ACCESS, "Two-factor authentication is on for all contributors", "GitHub: Organization, People, 2FA"),
    (
        "machine-identity",
        ACCESS,
        "The machine identity has the least scope it needs",
        "Infisical: Project, Access Control, Machine Identities",
    ),
    ("former-members", ACCESS, "Former contributors are removed everywhere", "Hosts, Infisical, GitHub"),
    ("firewall", INFRASTRUCTURE, "Only ports 22, 80 and 443 are open", "ufw status, or: nmap HOST"),
    ("certificate", INFRASTRUCTURE, "The HTTPS certificate is valid and renews itself", "curl -vI https://HOST"),
    ("proxy", INFRASTRUCTURE, "The proxy hides the host's address", "dig HOST"),
    ("process-user", INFRASTRUCTURE, "The process manager does not run as root", "ps -o user= -C PM2"),
];

/// All of them.
pub(super) fn checks() -> Vec<Check> {
    let line = |&(id, group, title, how): &(&'static str, &'static str, &'static str, &'static str)| {
        Check::new(id, group, title, Status::Beyond, "no repository shows it").todo(how)
    };
    LINES.iter().map(line).collect()
}
