/**
 * The systemd units. The system's one ran under systemd 252 with every switch: start, credentials, reload, drain,
 * watchdog. What would stop the runtime is left out, with the reason.
 */
import { DEFAULT_MAX_REQUESTS } from "../defaults.ts";
import { MARK, type UnitOptions } from "./unit.ts";

export const UNIT_NAME = "juscode-shim.service";
export const SYSTEM_CONFIG = "/etc/juscode-shim/config.toml";
export const KEYS_FOLDER = "/etc/juscode-shim/keys";

/** A little more than running answers are waited for. */
const STOP_SECONDS = 20;
const WATCHDOG_SECONDS = 60;
/** See cli/request-limit: set here, so that the process need not start a second time. */
const HTTP_REQUESTS = DEFAULT_MAX_REQUESTS + 64;

export function systemdUnit(options: UnitOptions): string {
  return options.scope === "system" ? systemUnit(options) : userUnit(options);
}

const HEAD = `# ${MARK}; take it away again by: juscode-shim service uninstall
[Unit]
Description=juscode-shim, a gateway between coding agents and model hosts`;

/** A wrong config (exit code 2) does not get right by starting again. */
const service = (start: string): string => `[Service]
Type=notify
# The child that tells systemd is systemd-notify.
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
# Running answers may end first.
KillMode=mixed
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
Environment=BUN_CONFIG_MAX_HTTP_REQUESTS=${HTTP_REQUESTS}
UMask=0077`;

function systemUnit({ executable, config = SYSTEM_CONFIG }: UnitOptions): string {
  return `${HEAD}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=60
StartLimitBurst=5

${service(`${quoted(executable)} serve --config ${quoted(config)}`)}

# A user of its own, that exists only while it runs.
DynamicUser=yes
StateDirectory=juscode-shim
StateDirectoryMode=0700
ConfigurationDirectory=juscode-shim
# Keys are files that only root can read. The config names them where systemd puts them for this service alone:
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
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: the runtime compiles what it runs.

[Install]
WantedBy=multi-user.target
`;
}

/** Without privileges: no users, folders or mounts of its own, since many systems forget how to make them. */
function userUnit({ executable, config }: UnitOptions): string {
  const start = [quoted(executable), "serve", ...(config === undefined ? [] : ["--config", quoted(config)])].join(" ");
  return `${HEAD}
StartLimitIntervalSec=60
StartLimitBurst=5

${service(start)}

NoNewPrivileges=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not MemoryDenyWriteExecute: the runtime compiles what it runs.

[Install]
WantedBy=default.target
`;
}

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
