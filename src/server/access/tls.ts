/** The certificate of this server, reloaded from its files while it runs: certificates expire. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { errorMessage } from "../../core/thrown.ts";

export interface TlsFiles {
  cert_file: string;
  key_file: string;
}

/** PEM texts. */
export interface Tls {
  cert: string;
  key: string;
}

/** Throws an Error for people where the files are no certificate and its key. The message holds nothing of the key. */
export function readTls({ cert_file, key_file }: TlsFiles): Tls {
  const [cert, key] = [read(cert_file), read(key_file)];
  const certificate = parsed(() => new X509Certificate(cert), `${cert_file} is no certificate in PEM form`);
  const no_key = `${key_file} is no private key in PEM form, or one with a password`;
  const matches = parsed(() => certificate.checkPrivateKey(createPrivateKey(key)), no_key);
  if (!matches) throw new Error(`${key_file} is not the key of the certificate ${cert_file}`);
  return { cert, key };
}

/** The library's own message is dropped, since it may quote the key. */
function parsed<Result>(parse: () => Result, problem: string): Result {
  try {
    return parse();
  } catch {
    throw new Error(problem);
  }
}

/** A chain of certificates is some kilobytes long; they are read each second. */
const MOST_BYTES = 1024 * 1024;

function read(file: string): string {
  try {
    return readRegularFile(file, MOST_BYTES);
  } catch (error) {
    throw new Error(`${file} ${whyUnreadable(error)}`, { cause: error });
  }
}

const INTERVAL_MS = 1000;

/** Checks the files for changes once a second; new ones count once both belong together. */
export function watchTls(
  files: TlsFiles,
  renew: (tls: Tls) => void,
  warn: (text: string) => void,
  interval_ms: number = INTERVAL_MS,
): () => void {
  let used = textsOf(files);
  const timer = setInterval(() => {
    const now = textsOf(files);
    if (now === used) return;
    used = now;
    try {
      renew(readTls(files));
    } catch (error) {
      warn(`${errorMessage(error)}; the certificate as it was before stays in use`);
    }
  }, interval_ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** The files are small, so comparing their texts is the simplest check for a change. */
function textsOf({ cert_file, key_file }: TlsFiles): string {
  const textOf = (file: string): string => {
    try {
      return readRegularFile(file, MOST_BYTES);
    } catch {
      return "";
    }
  };
  return `${textOf(cert_file)}\n${textOf(key_file)}`;
}
