"""Looking at functions without proving them: who rests on whom, lifecycles, differences."""
