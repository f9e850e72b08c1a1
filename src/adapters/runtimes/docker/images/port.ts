// The part of the port that tells of images.
import type { Instances } from '../../../../ports/instances.ts';
import type { Site } from '../site.ts';
import { exportImage } from './export.ts';
import { pinOne } from './pin.ts';

export function imagesOf(site: Site): Pick<Required<Instances>, 'pin' | 'exportImage'> {
  return {
    pin: (reference, signal) => pinOne(site, reference, signal),
    exportImage: (release, signal) => exportImage(site, release, signal),
  };
}
