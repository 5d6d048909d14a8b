// Every scan is heard: one short high tone for yes, one long low one for no; what wants somebody from across the room is told
// loudly. The words on the screen say the same.
const TONES = { bad: [220, 0.28, 0.08], alarm: [880, 1.2, 0.4] };
let audio = null;

export function tone(kind) {
  try {
    audio = audio || new AudioContext();
    const oscillator = audio.createOscillator(), gain = audio.createGain(), [hertz, seconds, loud] = TONES[kind] || [1320, 0.06, 0.08];
    oscillator.frequency.value = hertz;
    oscillator.type = TONES[kind] ? 'square' : 'sine';
    gain.gain.value = loud;
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + seconds);
  } catch (fault) { /* no sound here: the words remain */ }
}
