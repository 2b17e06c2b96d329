import type { DeliveryState } from '../delivery/states.ts';
import type { NewMessage } from '../message/message.ts';

export type StoreOutcome =
  | { readonly kind: 'stored'; readonly unrouted: boolean }
  | {
      readonly kind: 'repeated';
      readonly id: string;
      readonly unrouted: boolean;
      readonly deliveries: readonly { readonly node: string; readonly state: DeliveryState }[];
    }
  | { readonly kind: 'conflict' };

export interface MessageIntake {
  store(message: NewMessage): Promise<StoreOutcome>;
  storeAll(messages: readonly NewMessage[]): Promise<readonly StoreOutcome[]>;
}
