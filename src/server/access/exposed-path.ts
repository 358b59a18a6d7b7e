/**
 * Who besides this program's user could change a file: by its mode, by its owner, or by a folder on the way to it, from
 * which it could be moved away and replaced. What is found is refused at the start: who can write keys.json has a key.
 *
 * Trusted are this user and root, and beyond them only:
 * - groups whose members are root's equals or this user alone: root's own (wheel; OpenShift runs everything in it),
 *   macOS's admin, and a private group as distributions with umask 002 give each user;
 * - sticky folders on the way (/tmp): others can put files beside ours there, and neither rename nor remove ours;
 * - who called sudo, as root: that user may do anything anyway, and macOS's sudo keeps the home;
 * - "nobody" within a user namespace: so all owners look that have no number in it, the host's root among them
 *   (rootless containers, systemd's PrivateUsers);
 * - within a container the owner of a volume, and a group of it that is ours: whoever mounted it runs the container
 *   (root in a container on a user's folder; Kubernetes' fsGroup). A volume that anybody may write to (emptyDir) may be
 *   on the way, since there is nobody else, but is not a state folder itself.
 *
 * systemd's StateDirectory (also with DynamicUser) and its credentials, which are of mode 0400 or 0440, and Kubernetes'
 * secrets need no exception. Windows has no such modes.
 */
import { existsSync, lstatSync, readlinkSync, statSync, type Stats } from "node:fs";
import { userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { readRegularFile } from "../../config/regular-file.ts";

interface Exposure {
  /** The file or folder that others can write to. */
  path: string;
  /** A clause that goes on from the path. */
  why: string;
  /** A command, or what to do otherwise. */
  fix: string;
}

type Owned = Pick<Stats, "uid" | "gid" | "mode">;

/** One step on the way to a file. */
export interface Step extends Owned {
  path: string;
  /** `other`: a FIFO, a device, a socket, which nobody here reads or writes. */
  kind: "folder" | "file" | "link" | "other";
}

/** Whose program this is, and whom else it trusts. */
export interface Trust {
  uid: number;
  /** Besides root and this user. */
  uids: ReadonlySet<number>;
  gids: ReadonlySet<number>;
  /** The volume that a path lies on, within a container; absent elsewhere. */
  volumeOf?(path: string): (Owned & { path: string }) | undefined;
  /** Groups that this program is in. */
  groups: readonly number[];
}

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;
/** A circle of links, or as good as one. */
const MOST_STEPS = 400;

/** Undefined where nobody else can change it, or where it is not known who can. */
export function exposureOf(path: string, trust: Trust | undefined = trustHere()): Exposure | undefined {
  if (!trust) return undefined;
  const steps = stepsTo(path);
  // Where the path leads nowhere yet, the last step is a folder on the way.
  const last = existsSync(path) ? steps.at(-1) : undefined;
  return steps.map((step) => judge(step, step === last, trust)).find((exposure) => exposure !== undefined);
}

interface KeptPlaces {
  state_folder: string;
  keys_file: string;
  /** Absent where responses are kept in no file. */
  store_file?: string | undefined;
}

/** Files that this program writes into its state folder, and trusts when it reads them. */
const STATE_FILES = ["capabilities.json", "costs.sqlite", "turns.jsonl"];
const OF_SQLITE = ["", "-wal", "-shm"];

interface ExposedState extends Exposure {
  what: "state folder" | "keys" | "store";
}

/** What this program keeps and others could change, each path once. */
export function exposedState(
  { state_folder, keys_file, store_file }: KeptPlaces,
  trust: Trust | undefined = trustHere(),
): ExposedState[] {
  if (!trust) return [];
  const kept: readonly (readonly [ExposedState["what"], path: string])[] = [
    ["state folder", state_folder],
    ["keys", keys_file],
    ...STATE_FILES.map((name) => ["state folder", join(state_folder, name)] as const),
    ...(store_file === undefined ? [] : OF_SQLITE.map((part) => ["store", store_file + part] as const)),
  ];
  const found = new Map<string, ExposedState>();
  for (const [what, path] of kept) {
    // A file that is missing will be made with safe modes; but nobody else may put one where keys will be read.
    if (what !== "keys" && path !== state_folder && !existsSync(path)) continue;
    const exposure = exposureOf(path, trust);
    if (exposure && !found.has(exposure.path)) found.set(exposure.path, { what, ...exposure });
  }
  return [...found.values()];
}

/** `isLast`: it is the path itself, and not a step on the way to it. */
export function judge(step: Step, isLast: boolean, trust: Trust): Exposure | undefined {
  const { path, kind, uid, gid, mode } = step;
  if (kind === "other") return undefined;
  const volume = trust.volumeOf?.(path);
  if (uid !== 0 && uid !== trust.uid && !trust.uids.has(uid) && uid !== volume?.uid)
    return {
      path,
      why: `belongs to the user with the number ${uid}, who could change ${isLast ? "it" : "what lies in it"}`,
      fix: isLast
        ? `chown ${trust.uid} ${path}, or run juscode-shim as that user`
        : "run juscode-shim as that user, or name another state folder by XDG_STATE_HOME (for keys: keys_file of [server])",
    };
  // The mode of a link means nothing.
  if (kind === "link" || (!isLast && ((mode & STICKY) !== 0 || volume?.path === path))) return undefined;
  const is_trusted_group = gid === 0 || trust.gids.has(gid) || (gid === volume?.gid && trust.groups.includes(gid));
  const by_group = (mode & GROUP_WRITES) !== 0 && !is_trusted_group;
  if (!by_group && (mode & OTHERS_WRITE) === 0) return undefined;
  return {
    path,
    why: `can be written to by others (mode ${(mode & 0o7777).toString(8)})${isLast ? "" : ", and so can what lies in it be replaced"}`,
    fix: `chmod ${kind === "file" ? "600" : isLast ? "700" : "go-w"} ${path}`,
  };
}

/** Every step to a path, links and their targets included, as far as it exists. */
function stepsTo(path: string): Step[] {
  const steps: Step[] = [];
  const names = namesIn(resolve(path));
  let at = resolve("/");
  for (let name: string | undefined = ""; name !== undefined && steps.length < MOST_STEPS; name = names.shift()) {
    const next = join(at, name);
    const stats = statsOf(next);
    if (!stats) break;
    const { uid, gid, mode } = stats;
    const kind = kindOf(stats);
    steps.push({ path: next, kind, uid, gid, mode });
    if (kind === "link") names.unshift(...namesIn(resolve(at, readlinkSync(next))));
    at = kind === "link" ? resolve("/") : next;
  }
  return steps;
}

/** Undefined for what is missing or cannot be looked at. */
function statsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function kindOf(stats: Stats): Step["kind"] {
  if (stats.isSymbolicLink()) return "link";
  if (stats.isDirectory()) return "folder";
  return stats.isFile() ? "file" : "other";
}

const namesIn = (path: string): string[] => path.split("/").filter((name) => name !== "");

/** macOS's: its members may do anything by sudo. */
const ADMIN = 80;
/** Holds the number that stands for all users who have none in this namespace. */
const OVERFLOW_UID = "/proc/sys/kernel/overflowuid";

/** Undefined where files have no owners and modes. */
export function trustHere(): Trust | undefined {
  const uid = process.getuid?.();
  if (uid === undefined || process.platform === "win32") return undefined;
  const { env } = process;
  const sudo = uid === 0 ? Number(env["SUDO_UID"] ?? Number.NaN) : Number.NaN;
  const sudo_group = sudo >= 0 && env["SUDO_GID"] === env["SUDO_UID"] ? [sudo] : [];
  const [users = ""] = linesOf("/proc/self/uid_map");
  const is_namespace = users !== "" && !/^\s*0\s+0\s+4294967295\s*$/.test(users);
  const nobody = is_namespace ? [Number(linesOf(OVERFLOW_UID)[0] || "65534")] : [];
  const uids = [...(sudo >= 0 ? [sudo] : []), ...nobody];
  const gids = [...(process.platform === "darwin" ? [ADMIN] : []), ...privateGroup(uid), ...sudo_group];
  return {
    uid,
    uids: new Set(uids),
    gids: new Set(gids),
    groups: [...(process.getgroups?.() ?? []), process.getgid?.() ?? -1],
    ...(inContainer() && { volumeOf: volumes() }),
  };
}

/** A group of the user's own number and name, of which nobody else is a member. */
function privateGroup(uid: number): number[] {
  const gid = process.getgid?.();
  if (gid !== uid || gid === 0) return [];
  const groups = linesOf("/etc/group").map((line) => line.split(":"));
  const members = groups.find(([, , number]) => number === String(gid))?.[3] ?? "";
  const others = members.split(",").filter((name) => name !== "" && name !== nameOfUser());
  return others.length === 0 ? [gid] : [];
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

function inContainer(): boolean {
  const { env } = process;
  if (env["KUBERNETES_SERVICE_HOST"] !== undefined || (env["container"] ?? "") !== "") return true;
  return existsSync("/.dockerenv") || existsSync("/run/.containerenv");
}

/** What is mounted, but for the container's own files. */
function volumes(): (path: string) => (Owned & { path: string }) | undefined {
  const points = linesOf("/proc/self/mountinfo")
    .map((line) => (line.split(" ")[4] ?? "").replaceAll(/\\(\d{3})/g, charOf))
    .filter((point) => isAbsolute(point) && point !== "/");
  const known = new Set(points);
  return (path) => {
    for (let at = path; at !== "/" && at !== dirname(at); at = dirname(at)) {
      if (!known.has(at)) continue;
      const { uid, gid, mode } = statSync(at);
      return { path: at, uid, gid, mode };
    }
    return undefined;
  };
}

const charOf = (_: string, octal: string): string => String.fromCharCode(Number.parseInt(octal, 8));

/** None where it cannot be read. */
function linesOf(path: string): string[] {
  try {
    return readRegularFile(path).split("\n");
  } catch {
    return [];
  }
}
