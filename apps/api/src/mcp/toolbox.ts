import { Injectable } from '@nestjs/common';
import { ACCESS, allows } from '../auth/access-table.js';
import { GatheredDenials } from '../auth/gathered-denials.js';
import type { Actor } from '../domain/actor.js';
import { ApiError } from '../http/problem.js';
import type { Tool } from './tool.js';
import { FleetTools } from './tools/fleet-tools.js';
import { SubmittingTools } from './tools/submitting-tools.js';
import { TaskTools } from './tools/task-tools.js';

/** All tools, and whose they are. */
@Injectable()
export class Toolbox {
  readonly tools: readonly Tool[];

  constructor(
    submitting: SubmittingTools,
    tasks: TaskTools,
    fleet: FleetTools,
    private readonly denials: GatheredDenials,
  ) {
    this.tools = [...submitting.tools, ...tasks.tools, ...fleet.tools];
  }

  /** In the order of the list. */
  of({ role }: Actor): Tool[] {
    return this.tools.filter(({ route }) => allows(ACCESS[route], role));
  }

  /** Refuses the use of a tool that the actor may not use, and notes that. A tool that there is not, is none of its business. */
  guard(name: unknown, actor: Actor): void {
    const wanted = this.tools.find((tool) => tool.name === name);
    if (!wanted || allows(ACCESS[wanted.route], actor.role)) return;
    const target = `POST /mcp ${wanted.name}`;
    this.denials.note({ action: 'auth.forbidden', kind: `${actor.id} token`, actor, target, detail: {} });
    throw new ApiError('forbidden', `a token of the role ${actor.role} may not use ${wanted.name}`);
  }
}
