/** The certificate of this server, reloaded from its files while it runs: certificates expire. */
import { X509Certificate, createPrivateKey } from "node:crypto";
import { readRegularFile, whyUnreadable } from "../../config/regular-file.ts";
import { errorMessage } from "../../core/thrown.ts";
import { watchFiles } from "../watch-files.ts";

interface TlsFiles {
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

/** A chain of certificates is some kilobytes long. */
const MOST_BYTES = 1024 * 1024;

function read(file: string): string {
  try {
    return readRegularFile(file, MOST_BYTES);
  } catch (error) {
    throw new Error(`${file} ${whyUnreadable(error)}`, { cause: error });
  }
}

/** Reloads the certificate whenever a file changes; new files count once both belong together. */
export function watchTls(files: TlsFiles, renew: (tls: Tls) => void, warn: (text: string) => void): void {
  watchFiles([files.cert_file, files.key_file], () => {
    try {
      renew(readTls(files));
    } catch (error) {
      warn(`${errorMessage(error)}; the certificate as it was before stays in use`);
    }
  });
}
