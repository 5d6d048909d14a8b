// Every scan is heard: one short high tone for yes, one long low one for no. The words on the screen say the same.
let audio = null;

export function tone(kind) {
  try {
    audio = audio || new AudioContext();
    const oscillator = audio.createOscillator(), gain = audio.createGain(), seconds = kind === 'bad' ? 0.28 : 0.06;
    oscillator.frequency.value = kind === 'bad' ? 220 : 1320;
    oscillator.type = kind === 'bad' ? 'square' : 'sine';
    gain.gain.value = 0.08;
    oscillator.connect(gain).connect(audio.destination);
    oscillator.start();
    oscillator.stop(audio.currentTime + seconds);
  } catch (fault) { /* no sound here: the words remain */ }
}
