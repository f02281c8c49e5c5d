import { Injectable } from '@nestjs/common';
import type { Actor } from '../domain/actor.js';

type RequestId = string | number;

/**
 * The calls of clients that cancel by a message of its own, as the protocol had it before 2026-07-28: it comes as another
 * request, and all that ties it to the call are who sends it, the name of its session, and the id of the call.
 */
@Injectable()
export class CallsInFlight {
  private readonly calls = new Map<string, AbortController>();

  /** A signal that `cancel` aborts, and what to call when the call is over. */
  enter(actor: Actor, session: string, id: RequestId): { cancelled: AbortSignal; leave: () => void } {
    const key = keyOf(actor, session, id);
    const controller = new AbortController();
    this.calls.set(key, controller);
    const leave = () => {
      if (this.calls.get(key) === controller) this.calls.delete(key);
    };
    return { cancelled: controller.signal, leave };
  }

  /** Of a call that is over or was never made, it changes nothing. */
  cancel(actor: Actor, session: string, id: RequestId): void {
    this.calls.get(keyOf(actor, session, id))?.abort();
  }
}

const keyOf = ({ id: token }: Actor, session: string, id: RequestId) => JSON.stringify([token, session, id]);
