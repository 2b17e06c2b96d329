import { readTraceparent, type AttemptResult, type DeliverableNode, type OutboundMessage } from '#core';
import { startStep } from '#runtime';

/** Makes an attempt a step of the trace that its message is in, and hands that on to the node. */
export async function traced(
  node: Pick<DeliverableNode, 'id'>,
  message: OutboundMessage,
  attempt: (message: OutboundMessage) => Promise<AttemptResult>,
): Promise<AttemptResult> {
  const parent = readTraceparent(message.attributes?.['traceparent']);
  const step = startStep({ name: 'delivery.attempt', kind: 'asking', parent });
  const facts = { message: message.id, node: node.id };
  try {
    const result = await attempt(told(message, parent, step.traceparent));
    step.end(
      { ...facts, outcome: result.outcome, ...(result.status !== null && { status: result.status }) },
      result.error,
    );
    return result;
  } catch (error) {
    step.end(facts, String(error));
    throw error;
  }
}

/** The message itself where no step is recorded: the usual case costs no copy. */
function told(message: OutboundMessage, parent: string | undefined, traceparent: string | undefined): OutboundMessage {
  if (traceparent === undefined || traceparent === parent) return message;
  return { ...message, attributes: { ...message.attributes, traceparent } };
}
