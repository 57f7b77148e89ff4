// For tests: starts containers beside others of its kind, and holds them until its input ends.
// usage: starts.fixture.ts OPTIONS…, each JSON of one container. Prints the addresses as JSON.
import { createContainer } from '../container.ts';

const containers = await Promise.all(
  process.argv
    .slice(2)
    .map((options) => createContainer({ ...JSON.parse(options), stdio: 'ignore' })),
);
console.log(JSON.stringify(containers.map((container) => container.state().address)));
for await (const _ of process.stdin);
await Promise.all(containers.map((container) => container.delete({ force: true })));
