export interface OfflineEnvironmentOptions {
  readonly apiUrl: string;
  /** A directory of its own: parallel pools that share one corrupt its `.claude.json`. */
  readonly configDir: string;
}

/** The variables that make the Claude Code CLI talk to the offline API and to nothing else. */
export function offlineEnvironment({ apiUrl, configDir }: OfflineEnvironmentOptions): Record<string, string> {
  return {
    ANTHROPIC_BASE_URL: apiUrl,
    ANTHROPIC_API_KEY: 'sk-test',
    CLAUDE_CONFIG_DIR: configDir,
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  };
}
