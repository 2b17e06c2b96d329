export interface WelcomeOptions {
  readonly url: string;
  readonly username: string;
  /** The made-up one of the administrator that was just made; null when there is none to tell. */
  readonly password: string | null;
}

/** What someone who has just started the system wants to know. The password is shown this once, and kept only hashed. */
export function welcome({ url, username, password }: WelcomeOptions): string {
  const lines = [
    '',
    `  The Distribution Orchestrator is ready at ${url}`,
    ...(password === null
      ? []
      : ['', `  Administrator: ${username}`, `  Password:      ${password}   (shown this once)`]),
    '',
    '  Try it:',
    password === null
      ? `  curl -s ${url}/readyz`
      : `  curl -s ${url}/api/v1/token -d grant_type=password -d username=${username} -d password=${password}`,
    '',
    '',
  ];
  return lines.join('\n');
}
