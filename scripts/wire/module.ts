// The TypeScript module with the tables of native/wire/, `as const`.
import { HeaderError, type Item } from './header.ts';

const HEAD = `// Made of native/wire/*.h by scripts/wire/main.ts: change those.
`;

/** @throws HeaderError when two of the items want one name. */
export function moduleOf(items: readonly Item[]): string {
  const text = [HEAD, ...items.map(textOf)].join('\n');
  const names = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new HeaderError(`two tables would be called ${twice}`);
  return text;
}

/** `OP_KIND` for OpKind. */
export function tableName({ name }: Item): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();
}

function textOf(item: Item): string {
  const table = tableName(item);
  switch (item.kind) {
    case 'constant':
      return `export const ${table} = ${item.value};\n`;
    case 'enum':
      return `/** enum ${item.name} */
export const ${table} = ${objectOf(item.values, item.prefix)}
export type ${item.name} = keyof typeof ${table};
`;
    case 'struct':
      return `/** struct ${item.name}: where its fields are, in bytes. */
export const ${table} = ${objectOf(item.offsets)}
export const ${table}_BYTES = ${item.bytes};
`;
  }
}

/** Keys without the prefix, in small letters. */
function objectOf(values: ReadonlyMap<string, number>, prefix = ''): string {
  const lines = [...values].map(
    ([name, value]) => `  ${name.slice(prefix.length).toLowerCase()}: ${value},\n`,
  );
  return `{\n${lines.join('')}} as const;`;
}
