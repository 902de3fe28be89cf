# The monitor in three parts: the processor's machinery, the command line and
# loaders, and the engine that ties them to bt/ and devices/.
-include refvmm/arch.mk
-include refvmm/soft.mk
-include refvmm/cli.mk
-include refvmm/engine.mk
-include refvmm/lib.mk
-include refvmm/isolation.mk
