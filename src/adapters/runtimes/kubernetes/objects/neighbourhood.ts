// What all releases of one service share in a cluster: a name for its neighbours, a bound on disruptions, and who may reach it.
import type { Scope } from '../../../../model/instance.ts';
import type { KubeObject } from '../object.ts';
import { begin } from '../object.ts';
import type { Labels } from './names.ts';
import { label, portName, scopeLabels, serviceLabels, serviceName, servicePort } from './names.ts';

/** Addresses that hand out credentials of the machine to whoever asks. */
const metadata = { v4: '169.254.169.254/32', v6: 'fd00:ec2::254/128' };

export function neighbourhood(home: string, scope: Scope, service: string, hasPort: boolean): readonly KubeObject[] {
  const name = serviceName(home, scope, service);
  const labels = serviceLabels(home, scope, service);
  return [
    ...(hasPort ? [addressOf(name, labels, labels)] : []),
    {
      ...begin('PodDisruptionBudget', { name, labels }),
      spec: {
        maxUnavailable: 1,
        // Not the pods of tasks: a budget counts replicas, and one that meets pods of a Job forbids every eviction.
        selector: { matchLabels: labels, matchExpressions: [{ key: label.set, operator: 'Exists' }] },
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    },
    { ...begin('NetworkPolicy', { name, labels }), spec: policyOf(home, scope, labels, hasPort) },
  ];
}

/** Shares of traffic are the gateway's: a Service spreads over all ready pods of those that `selector` finds which are not on their way out. */
export function addressOf(name: string, labels: Labels, selector: Labels): KubeObject {
  return {
    ...begin('Service', { name, labels }),
    spec: {
      type: 'ClusterIP',
      selector: { ...selector, [label.serving]: 'true' },
      ports: [{ name: portName, port: servicePort, targetPort: portName, protocol: 'TCP' }],
    },
  };
}

/** From its own application anything, from elsewhere its port only; to anywhere but where credentials are handed out. */
export function policyOf(
  home: string,
  scope: Scope,
  labels: Readonly<Record<string, string>>,
  hasPort: boolean,
): Readonly<Record<string, unknown>> {
  return {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: [{ podSelector: { matchLabels: scopeLabels(home, scope) } }] },
      ...(hasPort ? [{ ports: [{ port: portName, protocol: 'TCP' }] }] : []),
    ],
    egress: [
      {
        to: [
          { namespaceSelector: {} },
          { ipBlock: { cidr: '0.0.0.0/0', except: [metadata.v4] } },
          { ipBlock: { cidr: '::/0', except: [metadata.v6] } },
        ],
      },
    ],
  };
}
