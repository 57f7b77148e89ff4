// The sections of terrarium(1) beside its commands and options.

/** Sections; an entry begins with a macro of mdoc(7), or is text. */
export const INSTALLED: readonly {
  readonly title: string;
  readonly entries: readonly (readonly [what: string, does: string])[];
}[] = [
  {
    title: 'ENVIRONMENT',
    entries: [
      [
        'Ev TERRARIUM_STATE',
        'The state directory instead of /run/terrarium; containers of other directories are invisible.',
      ],
      [
        'Ev TERRARIUM_DEBUG',
        '`1`, or topics with commas: what is done, one line an event, on standard error. An error has its stack.',
      ],
      ['Ev TERRARIUM_DEBUG_FILE', 'A file to which these lines are appended instead.'],
      ['Ev NO_COLOR', 'No colours, when it is not empty.'],
      ['Ev FORCE_COLOR', 'Colours without a terminal; none when it is `0`.'],
    ],
  },
  {
    title: 'FILES',
    entries: [
      [
        'Pa /run/terrarium',
        'Journals of containers, logs of detached ones, address claims. Only root can read it.',
      ],
    ],
  },
  {
    title: 'EXIT STATUS',
    entries: [
      ['125', 'Terrarium failed.'],
      ['126', 'The command could not be executed.'],
      ['127', 'The command was not found.'],
      ['128+n', 'Signal n ended it.'],
      ['other', 'The status of the command itself.'],
    ],
  },
];
