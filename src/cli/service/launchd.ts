/** The launchd agent, for macOS. */
import { DEFAULT_MAX_REQUESTS } from "../defaults.ts";
import { MARK, type UnitOptions } from "./unit.ts";

export const LABEL = "com.juscode.shim";
const STOP_SECONDS = 20;
const HTTP_REQUESTS = DEFAULT_MAX_REQUESTS + 64;

export function launchdPlist({ executable, config, scope, home }: UnitOptions): string {
  const words = [executable, "serve", ...(config === undefined ? [] : ["--config", config])];
  const log = scope === "system" ? "/Library/Logs/juscode-shim.log" : `${home}/Library/Logs/juscode-shim.log`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK}; take it away again by: juscode-shim service uninstall -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${LABEL}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${escaped(word)}</string>`).join("\n")}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>BUN_CONFIG_MAX_HTTP_REQUESTS</key>
    <string>${HTTP_REQUESTS}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <!-- A wrong config (exit code 2) is tried again every ten seconds, until it is right. -->
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
  <string>${escaped(log)}</string>
  <key>StandardErrorPath</key>
  <string>${escaped(log)}</string>
</dict>
</plist>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
