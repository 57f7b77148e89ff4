// The caller's soft limit of open files: Node and Bun raise their own to the hard limit before any code of ours runs.

const VARIABLE = 'TERRARIUM_OPEN_FILES';

let soft: number | undefined;

/** Takes the limit that `bin/terrarium` hands over out of the environment: no container and no other program shall see it. */
export function takeOpenFiles(environment: Record<string, string | undefined>): void {
  const text = environment[VARIABLE];
  delete environment[VARIABLE];
  if (text !== undefined && /^[1-9]\d{0,9}$/.test(text)) soft = Number(text);
}

/** Undefined where no command handed it over: through the API. */
export function callersOpenFiles(): number | undefined {
  return soft;
}
