/** The states of a delivery, in the database, the API, the metrics and the console. */
export const DELIVERY_STATES = ['pending', 'delivered', 'frozen', 'cancelled'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
