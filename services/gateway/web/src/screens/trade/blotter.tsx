// What of the account is working, in every symbol, under the chart.
import type { JSX } from 'preact';
import { computed } from '@preact/signals';
import { orders, ordersError } from '../../data/desk.ts';
import { isWorking } from '../../data/orders.ts';
import { together } from '../../lib/linked.ts';
import { account } from '../../settings.ts';
import { Panel } from '../../ui/parts.tsx';
import { CancelAllButton, OrdersTable } from '../orders/table.tsx';

const working = computed(() => together(orders.value.filter(isWorking)));
const COLUMNS = ['created_time', 'symbol', 'side', 'type', 'quantity', 'price', 'trigger_price', 'filled_quantity', 'status', 'part_of', 'actions'];

export function Blotter(): JSX.Element {
  return (
    <Panel
      title={`Working orders of ${account.value} (${working.value.length})`}
      class="area-blotter"
      actions={
        <>
          {ordersError.value && <span class="badge badge-warn">{ordersError.value}</span>}
          <CancelAllButton />
        </>
      }
    >
      <OrdersTable label="Working orders" rows={working.value} columns={COLUMNS} empty="Nothing is working." />
    </Panel>
  );
}
