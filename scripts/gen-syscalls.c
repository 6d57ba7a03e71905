/* Prints what the installed libseccomp knows: `name column number`, see gen-syscalls.mjs. */
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct column {
	const char *name;
	uint32_t arch;
	int base;
};

static const struct column columns[] = {
	{ "x86_64", SCMP_ARCH_X86_64, 0 },
	{ "x86", SCMP_ARCH_X86, 0 },
	{ "x32", SCMP_ARCH_X32, 0x40000000 },
	{ "arm", SCMP_ARCH_ARM, 0 },
	{ "aarch64", SCMP_ARCH_AARCH64, 0 },
	{ "mips", SCMP_ARCH_MIPS, 4000 },
	{ "mips64", SCMP_ARCH_MIPS64, 5000 },
	{ "mips64n32", SCMP_ARCH_MIPS64N32, 6000 },
	{ "parisc", SCMP_ARCH_PARISC, 0 },
	{ "parisc64", SCMP_ARCH_PARISC64, 0 },
	{ "ppc", SCMP_ARCH_PPC, 0 },
	{ "ppc64", SCMP_ARCH_PPC64, 0 },
	{ "riscv64", SCMP_ARCH_RISCV64, 0 },
	{ "s390", SCMP_ARCH_S390, 0 },
	{ "s390x", SCMP_ARCH_S390X, 0 },
};

static void print_range(const struct column *c, int first, int last)
{
	for (int n = first; n <= last; n++) {
		char *name = seccomp_syscall_resolve_num_arch(c->arch, n);
		if (name)
			printf("%s %s %d\n", name, c->name, n);
		free(name);
	}
}

/* Pseudo numbers of libseccomp: -101.. are calls of socketcall(2), -201.. of ipc(2). The x86 ABI uses both. */
static void print_multiplexed(int first, int last, int offset)
{
	for (int n = first; n >= last; n--) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86, n);
		if (name && seccomp_syscall_resolve_name_arch(SCMP_ARCH_X86, name) == n)
			printf("%s mux %d\n", name, -n - offset);
		free(name);
	}
}

/* Names without a number anywhere we print (m68k, sh, tile …) are known to libseccomp by pseudo numbers. */
static void print_nameless(void)
{
	for (int n = -10001; n >= -10400; n--) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, n);
		if (name)
			printf("%s pseudo %d\n", name, n);
		free(name);
	}
}

int main(void)
{
	const struct scmp_version *v = seccomp_version();

	printf("version %u.%u.%u\n", v->major, v->minor, v->micro);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		print_range(&columns[i], columns[i].base, columns[i].base + 999);
		if (columns[i].arch == SCMP_ARCH_ARM)
			print_range(&columns[i], 0xf0001, 0xf0010);
	}
	print_multiplexed(-101, -120, 100);
	print_multiplexed(-201, -224, 100);
	print_nameless();
	return 0;
}
