/** The certificate of this server, from files that are replaced while it runs: certificates do not last. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";

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
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    throw new Error(`${cert_file} is no certificate in PEM form`);
  }
  let matches: boolean;
  try {
    matches = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new Error(`${key_file} is no private key in PEM form, or one with a password`);
  }
  if (!matches) throw new Error(`${key_file} is not the key of the certificate ${cert_file}`);
  return { cert, key };
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

/** Looks whether the files have changed; new ones count once both belong together. */
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
      warn(`${(error as Error).message}; the certificate as it was before stays in use`);
    }
  }, interval_ms);
  timer.unref();
  return () => clearInterval(timer);
}

/** Small files, so that their texts tell most simply whether they are others. */
function textsOf({ cert_file, key_file }: TlsFiles): string {
  return [cert_file, key_file]
    .map((file) => {
      try {
        return readRegularFile(file, MOST_BYTES);
      } catch {
        return "";
      }
    })
    .join("\n");
}
