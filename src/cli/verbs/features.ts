import { features as runtimeFeatures } from '../../lifecycle/features.ts';
import { defineCommand } from '../command.ts';
import { print } from '../print.ts';
import { featuresTable } from '../table/features.ts';

export const features = defineCommand(featuresTable, async ({ host, runtime }) => {
  await print(host, `${JSON.stringify(await runtimeFeatures(runtime), undefined, 4)}\n`);
  return 0;
});
