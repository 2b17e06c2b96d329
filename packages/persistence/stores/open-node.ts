export interface NodeRow {
  id: string;
  url: string;
  protocol: 'federated' | 'webhook';
  ordering: 'none' | 'fifo';
  paused: boolean;
  policy: Record<string, never>;
}
