import type { ShimLog } from '../../host/generated/plan.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { parseTemplate } from '../format/parse-template.ts';
import { renderTemplate } from '../format/render-template.ts';

/** Where and how the shim writes a container's log. */
export function shimLog(engine: Engine, container: Container): ShimLog {
  const { Type, Config } = container.hostConfig.LogConfig;
  const options = Config ?? {};
  const path = logPath(engine, container) ?? '';
  const log = { driver: Type, path, options };
  if (Type !== 'syslog' && Type !== 'journald') return log;
  const { id, config } = container;
  const fields = { CONTAINER_NAME: config.Name.slice(1), IMAGE_NAME: config.Config.Image };
  const { tag: template = '' } = options;
  const tag = template === '' ? id.slice(0, 12) : logTag(container, template);
  return { ...log, tag, fields };
}

/** File of the drivers whose log can be read. */
export function logPath(engine: Engine, { id, hostConfig }: Container): string | undefined {
  const { directory, jsonLog } = containerPaths(engine.paths, id);
  switch (hostConfig.LogConfig.Type) {
    case 'json-file':
      return jsonLog;
    case 'local':
      return `${directory}/local-logs/container.log`;
    default:
      return undefined;
  }
}

/** The option `tag`: a template of what Docker's log drivers know of a container. */
function logTag({ id, config }: Container, template: string): string {
  const image = config.Image;
  return renderTemplate(parseTemplate(template), {
    ID: id.slice(0, 12),
    FullID: id,
    Name: config.Name.slice(1),
    ImageID: image.replace(/^sha256:/, '').slice(0, 12),
    ImageFullID: image,
    ImageName: config.Config.Image,
    DaemonName: 'docker',
    Command: [config.Path, ...config.Args].join(' '),
  });
}
