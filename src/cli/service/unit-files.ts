/** The files by which systemd and launchd run the shim. What would stop the runtime is left out, with the reason. */
import { DEFAULT_MAX_REQUESTS } from "../defaults.ts";
import type { ServiceOptions } from "../options.ts";

/** By this line a file is known to be ours: another one is never overwritten or removed. */
export const MARK = "Written by juscode-shim service install";
export const UNIT_NAME = "juscode-shim.service";
export const LABEL = "com.juscode.shim";
export const SYSTEM_CONFIG = "/etc/juscode-shim/config.toml";
export const KEYS_FOLDER = "/etc/juscode-shim/keys";

export type Scope = NonNullable<ServiceOptions["scope"]>;

interface UnitOptions {
  scope: Scope;
  executable: string;
  /** Absolute path of the config; undefined for the usual places. */
  config: string | undefined;
  home: string;
}

/** A little more than the time to drain. */
const STOP_SECONDS = 20;
const WATCHDOG_SECONDS = 60;
/** See cli/request-limit: set here, so that the process need not start a second time. */
const HTTP_REQUESTS = DEFAULT_MAX_REQUESTS + 64;

/** The system's unit ran under systemd 252 with every switch: start, credentials, reload, drain, watchdog. */
export function systemdUnit({ scope, executable, config }: UnitOptions): string {
  const file = config ?? (scope === "system" ? SYSTEM_CONFIG : undefined);
  const start = [quoted(executable), "serve", ...(file === undefined ? [] : ["--config", quoted(file)])].join(" ");
  const [wants, own, target] = scope === "system" ? [WANTS, OF_SYSTEM, "multi-user"] : ["", OF_USER, "default"];
  return `# ${MARK}; remove it with: juscode-shim service uninstall
[Unit]
Description=juscode-shim, a gateway between coding agents and model providers
${wants}StartLimitIntervalSec=60
StartLimitBurst=5

[Service]
Type=notify
# The child that notifies systemd is systemd-notify.
NotifyAccess=all
ExecStart=${start}
ExecReload=/bin/kill -HUP $MAINPID
WatchdogSec=${WATCHDOG_SECONDS}
# Not SIGABRT: the runtime would take that for a crash of its own, and a core would hold keys.
WatchdogSignal=SIGKILL
LimitCORE=0
# Requests and replies take a quarter of this at most (max_memory_mb): the rest is the runtime's.
MemoryMax=75%
TasksMax=256
TimeoutStopSec=${STOP_SECONDS}
# Running requests may end first.
KillMode=mixed
# An invalid config (exit code 2) stays invalid after a restart.
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
Environment=BUN_CONFIG_MAX_HTTP_REQUESTS=${HTTP_REQUESTS}
UMask=0077

${own}SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: the runtime compiles what it runs.

[Install]
WantedBy=${target}.target
`;
}

const WANTS = `Wants=network-online.target
After=network-online.target
`;

const RESTRICTED = `RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
`;

/** Without privileges: no users, folders or mounts of its own, since many systems do not let users create them. */
const OF_USER = `NoNewPrivileges=yes
${RESTRICTED}`;

const OF_SYSTEM = `# A user of its own that exists only while it runs.
DynamicUser=yes
StateDirectory=juscode-shim
StateDirectoryMode=0700
ConfigurationDirectory=juscode-shim
# Keys are files that only root can read. The config names the copies that systemd makes for this service alone:
# api_key_file = "/run/credentials/${UNIT_NAME}/keys_NAME" is ${KEYS_FOLDER}/NAME.
LoadCredential=keys:${KEYS_FOLDER}

# It needs the network, its state folder, and nothing else.
CapabilityBoundingSet=
AmbientCapabilities=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
PrivateIPC=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectHostname=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
${RESTRICTED}RemoveIPC=yes
KeyringMode=private
`;

/**
 * As a word of a command line: systemd knows quotes, its own `%` and `$`, and C's escapes, without which a line break
 * would begin another setting.
 */
export function quoted(word: string): string {
  const plain = word.replaceAll("%", "%%").replaceAll("$", "$$$$");
  if (/^[\w@%+=:,./$-]+$/.test(plain)) return plain;
  return `"${plain.replaceAll(/["\\]/g, "\\$&").replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, escaped)}"`;
}

function escaped(character: string): string {
  return Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/** The launchd agent, for macOS. */
export function launchdPlist({ executable, config, scope, home }: UnitOptions): string {
  const words = [executable, "serve", ...(config === undefined ? [] : ["--config", config])];
  const log = escapedXml(`${scope === "system" ? "" : home}/Library/Logs/juscode-shim.log`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK}; remove it with: juscode-shim service uninstall -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${escapedXml(word)}</string>`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>BUN_CONFIG_MAX_HTTP_REQUESTS</key>
    <string>${HTTP_REQUESTS}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <!-- With an invalid config (exit code 2) it is started again every ten seconds. -->
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>${STOP_SECONDS}</integer>
  <key>ProcessType</key>
  <string>Interactive</string>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>${log}</string>
  <key>StandardErrorPath</key>
  <string>${log}</string>
</dict>
</plist>
`;
}

function escapedXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
